import { appendFileSync } from "node:fs"
import { type Operation, type Step, step } from "../operation.ts"
import { runOperation } from "../run-operation.ts"
import { fakeServices } from "./fake-services.ts"

export const stepNames = ["first", "second", "third", "fourth"] as const

/** An operation that writes down each step, and that kills its own process where it is told to. */
export function selfKilling(log: string, killAt?: { step: string; moment: "before" | "after" }): Operation {
  const make = (name: string): Step =>
    step(name, async () => {
      const kill = (moment: string) =>
        killAt?.step === name && killAt.moment === moment && process.kill(process.pid, "SIGKILL")
      kill("before")
      appendFileSync(log, `${name}\n`)
      kill("after")
      return { output: `${name} done` }
    })
  return { kind: "test", choice: {}, followsConfiguration: true, supersedes: [], steps: stepNames.map(make) }
}

/** Run as a program: `state log step moment`. */
const [state, log, name, moment] = process.argv.slice(2)
if (state && log && name && process.argv[1] === import.meta.filename) {
  const options = { services: fakeServices(state), signal: new AbortController().signal, listen: () => undefined }
  await runOperation(selfKilling(log, { step: name, moment: moment === "after" ? "after" : "before" }), options)
}

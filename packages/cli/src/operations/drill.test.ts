import type { ActiveFault } from "@chatops/stacks"
import { describe, expect, it } from "vitest"
import { builtInScenarios } from "../drill/scenarios/built-in-scenarios.ts"
import { scratchDirectory } from "../testing/scratch-directory.ts"
import { type DrillChoice, drill } from "./drill.ts"
import { runOperation } from "./run-operation.ts"
import { fakeServices } from "./testing/fake-services.ts"
import { fakeState, fakeTarget } from "./testing/fake-target.ts"

/** A drill of an environment in which these faults are in effect, as far as its question, which is answered with no. */
async function asked(choice: Partial<DrillChoice>, active: readonly ActiveFault[] = []) {
  const target = fakeTarget({ state: fakeState("east") })
  const able = async () => new Map([["kill-region", true]] as const)
  const questions: string[] = []
  const services = fakeServices(scratchDirectory(), {
    target: { ...target, faults: { ...target.faults, able, active: async () => active } },
    regions: ["east", "west"],
    confirm: async question => {
      questions.push(question)
      return false
    },
  })
  const scenario = builtInScenarios.get("kill-region")
  if (scenario === undefined) throw new Error("there is no scenario kill-region")
  const options = { services, signal: new AbortController().signal, listen: () => undefined }
  const error = await runOperation(drill({ scenario, yesProduction: false, ...choice }), options).catch(error => error)
  return { questions, error }
}

describe("a drill", () => {
  it("asks before it breaks anything, and says what its answer stands for", async () => {
    const one = await asked({})
    expect(one.questions).toEqual(["Break kill-region east of local, under about 320 turns?"])
    expect(one.error).toMatchObject({ code: "NOT_CONFIRMED" })
    const series = await asked({ drills: 20 })
    expect(series.questions).toEqual([expect.stringContaining("as the first of 20 drills")])
  })

  it("is refused while a fault is in effect, and says how long that will be", async () => {
    const fault = { kind: "freeze-region", region: "west" } as const
    const healsAt = Date.now() + 3_600_000
    const { questions, error } = await asked({}, [{ id: "f1", fault, madeAt: 0, healsAt }])
    expect(questions).toEqual([])
    expect(error).toMatchObject({ code: "FAULT_ACTIVE", details: { healsAt: new Date(healsAt).toISOString() } })
    expect(error.message).toMatch(/freeze-region west is in effect .* until \d{4}-.*Z: \d+ s from now/)
  })
})

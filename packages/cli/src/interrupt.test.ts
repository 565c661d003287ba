import { spawn } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"
import { PassThrough } from "node:stream"
import { describe, expect, it } from "vitest"
import { Interrupt } from "./interrupt.ts"

/** A process that never ends by itself, and writes down what happens to it. */
const program = `
  const { Interrupt } = await import(${JSON.stringify(new URL("./interrupt.ts", import.meta.url).href)})
  const interrupt = new Interrupt()
  interrupt.listen()
  interrupt.explain = () => console.log("explained")
  interrupt.signal.addEventListener("abort", () => console.log(interrupt.signal.reason.code))
  setInterval(() => {}, 1_000)
  console.log("ready")
`

async function started() {
  const child = spawn(process.execPath, ["--conditions=chatops-source", "--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async () => (await lines.next()).value
  expect(await next()).toBe("ready")
  return { child, next }
}

describe("an interrupt", () => {
  it.each(["SIGINT", "SIGTERM"] as const)(
    "by %s is explained and ends things cleanly; the second ends the process at once",
    async signal => {
      const { child, next } = await started()
      child.kill(signal)
      expect([await next(), await next()]).toEqual(["explained", "INTERRUPTED"])
      const exit = once(child, "exit")
      child.kill(signal)
      expect(await exit).toEqual([130, null])
    },
  )

  it("comes also when nobody reads what is written, and not for another trouble of the output", () => {
    const [interrupt, output] = [new Interrupt(), new PassThrough()]
    interrupt.whenNobodyReads(output)
    output.emit("error", Object.assign(new Error("slow"), { code: "EIO" }))
    expect(interrupt.signal.aborted).toBe(false)
    output.emit("error", Object.assign(new Error("gone"), { code: "EPIPE" }))
    expect(interrupt.signal.aborted).toBe(true)
  })
})

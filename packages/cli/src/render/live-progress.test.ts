import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import type { OperationEvent } from "../operations/operation-event.ts"
import { noTerminal, Terminal } from "../testing/terminal.ts"

const program = fileURLToPath(new URL("testing/show-live.ts", import.meta.url))

async function show(...events: OperationEvent[]): Promise<Terminal> {
  const terminal = new Terminal([process.execPath, "--conditions=chatops-source", program, JSON.stringify(events)])
  await terminal.end()
  return terminal
}

const piece = (text: string) => ({ type: "step-text", step: "verify", part: "east answers", text }) as const

describe.skipIf(noTerminal)("progress on a terminal", { meta: { skipReason: noTerminal } }, () => {
  it("leaves every step with its details, and the answer that was streamed", async () => {
    const { screen } = await show(
      { type: "begun", id: "op-1", kind: "deploy", environment: "local", steps: ["plan"], resumed: false },
      { type: "step-started", step: "plan" },
      { type: "step-finished", step: "plan", durationMs: 1_234, summary: "1 to create", details: ["+ base: create"] },
      { type: "step-started", step: "verify" },
      { type: "step-progress", step: "verify", part: "health", text: "waiting for west" },
      piece("Hello,"),
      piece(" I am\nhere."),
      { type: "step-finished", step: "verify", durationMs: 60, summary: "a turn was answered by east", details: [] },
    )
    expect(screen.split("\n")).toEqual([
      "running deploy of local · op-1",
      "✔ plan 1.2 s  1 to create",
      "  + base: create",
      "✔ verify 0.1 s  a turn was answered by east",
      "  east answers: Hello, I am",
      "    here.",
    ])
  })

  it("shows what a part says now once, however it came to it", async () => {
    const { written } = await show(
      { type: "step-started", step: "verify" },
      piece("One"),
      piece(" two"),
      piece(" three"),
      { type: "step-failed", step: "verify", durationMs: 60, message: "torn off" },
    )
    expect(written).toContain("east answers: One two three")
    const frames = written.split("\u001b")
    expect(frames.filter(frame => frame.split("east answers").length > 2)).toEqual([])
  })
})

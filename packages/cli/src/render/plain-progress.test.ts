import { describe, expect, it } from "vitest"
import type { OperationEvent } from "../operations/operation-event.ts"
import { PlainProgress } from "./plain-progress.ts"

function bench() {
  const written: string[] = []
  const clock = { now: 0 }
  const progress = new PlainProgress(
    text => void written.push(text),
    () => clock.now,
  )
  return {
    clock,
    progress,
    written,
    text: () => written.join(""),
    tell: (...events: OperationEvent[]) => {
      for (const event of events) progress.listen(event)
    },
  }
}

const piece = (part: string, text: string) => ({ type: "step-text", step: "verify", part, text }) as const
const finished = (step: string, summary: string, ...details: string[]) =>
  ({ type: "step-finished", step, durationMs: 1_234, summary, details }) as const

describe("progress in a pipeline", () => {
  it("tells an operation line by line", () => {
    const { text, tell } = bench()
    tell(
      { type: "begun", id: "op-1", kind: "deploy", environment: "local", steps: ["plan"], resumed: false },
      { type: "step-started", step: "plan" },
      finished("plan", "2 to create", "+ base: create", "+ entry: create"),
      finished("record", ""),
      { type: "step-failed", step: "regions", durationMs: 500, message: "east broke" },
      { type: "ended", outcome: "paused" },
    )
    expect(text()).toBe(
      [
        "running deploy of local (op-1)",
        "✔ plan       1.2 s  2 to create",
        "    + base: create",
        "    + entry: create",
        "✔ record     1.2 s",
        "✖ regions failed after 0.5 s",
        "",
      ].join("\n"),
    )
  })

  it("tells a count that goes up now and then, and anything else at once", () => {
    const { clock, progress, text } = bench()
    for (const [at, said] of [
      [0, "1 of 9"],
      [9_999, "2 of 9"],
      [10_000, "3 of 9"],
      [10_001, "4 of 9"],
      [10_002, "done"],
    ] as const) {
      clock.now = at
      progress.note("engine", said)
    }
    expect(text()).toBe("  engine: 1 of 9\n  engine: 3 of 9\n  engine: done\n")
  })

  it("says that an operation is resumed", () => {
    const { text, tell } = bench()
    tell({ type: "begun", id: "op-1", kind: "deploy", environment: "local", steps: [], resumed: true })
    expect(text()).toBe("resuming deploy of local (op-1)\n")
  })

  it("says a thing once while it stays the same", () => {
    const { text, progress } = bench()
    for (const state of ["starting", "starting", "ready", "starting"]) progress.note("east", state)
    expect(text()).toBe("  east: starting\n  east: ready\n  east: starting\n")
  })

  it("writes a growing text as it comes, and ends its line before the next", () => {
    const { written, text, tell } = bench()
    tell(piece("east answers", "Hel"))
    expect(written.join("")).toBe("  east answers: Hel")
    tell(piece("east answers", "lo.\nBye"))
    tell(finished("verify", "answered"))
    expect(text()).toBe("  east answers: Hello.\n    Bye\n✔ verify     1.2 s  answered\n")
  })

  it("keeps two growing texts apart, and ends an open line when something is to be asked", async () => {
    const { text, tell, progress } = bench()
    tell(piece("east answers", "one"), piece("west answers", "two"))
    await progress.idle()
    await progress.idle()
    expect(text()).toBe("  east answers: one\n  west answers: two\n")
  })
})

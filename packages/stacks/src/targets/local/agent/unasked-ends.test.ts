import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it, onTestFinished, vi } from "vitest"
import type { Event, Supervisor } from "../../../failover/protocol/supervisor.ts"
import { twoRegions } from "../../../failover/testing/model/initial-worlds.ts"
import { nothing } from "../../../failover/testing/model/world.ts"
import { scratchDirectory } from "../../../testing/scratch-directory.ts"
import type { RegionSpec } from "./spec.ts"
import { Troubles } from "./troubles.ts"
import { UnaskedEnds } from "./unasked-ends.ts"

const damaged = "2026-03-01 10:00:00.123 UTC [4711] PANIC:  could not locate a valid checkpoint record at 0/15C2D90\n"

/** A standby whose PostgreSQL said this; a supervisor that does what it is told in a moment, and copies for ever. */
function bench({ listed = false, said = damaged } = {}) {
  const directory = scratchDirectory()
  mkdirSync(join(directory, "logs"))
  writeFileSync(join(directory, "logs", "database.log"), said)
  const told: Event["event"][] = []
  const supervisor = {
    state: {
      phase: { at: "becoming-standby", primary: "east" },
      data: { kind: "standby", incarnation: "w0" },
      task: { task: "follow", primary: "east" },
      register: null,
    } as unknown as Supervisor,
    tell: ({ event }: Event) => void told.push(event),
    tellWhile: async (_wanted: () => boolean, { event }: Event) => {
      told.push(event)
      const task = listed ? null : ({ task: "copy", primary: "east" } as const)
      const phase = listed ? ({ at: "stuck" } as const) : supervisor.state.phase
      supervisor.state = { ...supervisor.state, phase, task }
      return true
    },
  }
  const spec = { directory, database: { port: 1 } } as RegionSpec
  const explained = vi.fn()
  const ends = new UnaskedEnds({ supervisor, spec }, new Troubles(), explained)
  const fail = async (times: number) => {
    for (let time = 0; time < times; time++) ends.ended(false)
    await vi.waitFor(() => expect(explained).toHaveBeenCalled())
  }
  return { told, supervisor, ends, fail }
}

function withFakeTimers() {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] })
  onTestFinished(() => void vi.useRealTimers())
}

it.each([false, true])(
  "never starts a directory again that is being copied over, or waits for that: %s",
  async listed => {
    withFakeTimers()
    const { told, fail } = bench({ listed })
    await fail(5)
    vi.advanceTimersByTime(60_000)
    // Of the four ends before it each one's restart was due.
    expect(told.toSorted()).toEqual([...Array(4).fill("database-ended"), "unusable"])
  },
)

it("gives no directory up for what a copy would meet as well, nor the copy itself", async () => {
  withFakeTimers()
  const full = bench({ said: damaged.replace(/PANIC.*/, "FATAL:  could not map anonymous shared memory") })
  await full.fail(5)
  expect(full.told).not.toContain("unusable")
  const copied = bench()
  await copied.fail(5)
  copied.supervisor.state = { ...copied.supervisor.state, data: { kind: "standby", incarnation: "w1" } }
  await copied.fail(5)
  expect(copied.told.filter(event => event === "unusable")).toHaveLength(1)
})

const { east, west } = twoRegions(nothing).supervisors
const guarded = east!
it.each([
  ["waits for who may take a primary's place", 150, guarded],
  [
    "starts a primary again at once whose place nobody may take",
    20,
    { ...guarded, register: { ...guarded.register!, inSync: null } },
  ],
  ["starts a standby again at once", 20, west!],
] as [string, number, Supervisor][])("%s: %s ms", (_what, pause, state) => {
  withFakeTimers()
  const { told, supervisor, ends } = bench()
  supervisor.state = state
  ends.ended(true)
  vi.advanceTimersByTime(pause - 1)
  expect(told).toEqual([])
  vi.advanceTimersByTime(1)
  expect(told).toEqual(["database-ended"])
})

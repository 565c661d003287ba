import type { RegionIncarnation } from "@chatops/runtime/contract"
import { expect, it, onTestFinished, vi } from "vitest"
import type { Supervisor } from "../../../failover/protocol/supervisor.ts"
import { twoRegions } from "../../../failover/testing/model/initial-worlds.ts"
import { nothing } from "../../../failover/testing/model/world.ts"
import { StandbyWatch } from "./standby-watch.ts"

const guarded = twoRegions(nothing).supervisors["east"]!
const inSync = guarded.register!.inSync!
const starting: Supervisor = { ...guarded, phase: { at: "starting" } }

const loss = 2_000

/** A primary's watch: what it sees is set by the test, and so is the clock. */
function watched() {
  vi.useFakeTimers({ toFake: ["performance"] })
  onTestFinished(() => void vi.useRealTimers())
  const seen = { state: guarded, streaming: [inSync] as RegionIncarnation[], witness: true }
  const told: string[] = []
  const watch = new StandbyWatch({
    supervisor: {
      get state() {
        return seen.state
      },
      get witnessAnswers() {
        return seen.witness
      },
      tell: ({ event }) => void told.push(event),
      readWhileLeading: async () => (seen.witness ? guarded.register! : undefined),
    },
    tasks: { streaming: async () => seen.streaming } as never,
    peers: [],
    loss,
    patience: 1_000,
  })
  const lookAfter = async (milliseconds: number) => {
    vi.advanceTimersByTime(milliseconds)
    await watch.look(AbortSignal.timeout(10_000))
  }
  return { seen, told, watch, lookAfter }
}

it("counts a standby as lost once it has been away for longer than it may", async () => {
  const { seen, told, lookAfter } = watched()
  await lookAfter(10 * loss)
  seen.streaming = []
  await lookAfter(loss)
  expect(told).toEqual([])
  await lookAfter(1)
  expect(told).toEqual(["standby-lost"])
})

it("gives a standby its whole time to come back to a primary that has begun anew", async () => {
  const { seen, told, lookAfter } = watched()
  await lookAfter(0)
  seen.state = starting
  seen.streaming = []
  await lookAfter(10 * loss)
  seen.state = guarded
  await lookAfter(loss)
  expect(told).toEqual([])
  await lookAfter(1)
  expect(told).toEqual(["standby-lost"])
})

it("says that the barrier is held up by who is lost, or by who is there and needs too long", async () => {
  const { seen, watch, lookAfter } = watched()
  const barrier: Supervisor = { ...guarded, phase: { at: "leading", door: "barrier", change: null } }
  seen.state = barrier
  await lookAfter(0)
  expect(watch.holdsUpBarrier).toBe(false)
  await lookAfter(loss + 1)
  expect(watch.holdsUpBarrier).toBe(true)
  seen.state = guarded
  await lookAfter(1)
  expect(watch.holdsUpBarrier).toBe(false)
  seen.streaming = []
  await lookAfter(loss + 1)
  expect(watch.holdsUpBarrier).toBe(true)
})

it("takes who streams in the lost one's place first, and lets the lost one go where that did not help", async () => {
  const { seen, told, lookAfter } = watched()
  await lookAfter(0)
  seen.streaming = [{ region: "south", incarnation: "s1" }]
  await lookAfter(loss + 1)
  await lookAfter(1)
  expect(told).toEqual(["standby-streams", "standby-lost"])
})

it.each([
  ["lets nobody go", []],
  ["puts nobody in the lost one's place", [{ region: "south", incarnation: "s1" }]],
])("%s while the witness is silent", async (_what, streaming) => {
  const { seen, told, lookAfter } = watched()
  await lookAfter(0)
  Object.assign(seen, { streaming, witness: false })
  await lookAfter(10 * loss)
  expect(told).toEqual([])
})

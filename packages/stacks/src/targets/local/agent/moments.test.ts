import { expect, it, onTestFinished, vi } from "vitest"
import type { Phase, Supervisor } from "../../../failover/protocol/supervisor.ts"
import { twoRegions } from "../../../failover/testing/model/initial-worlds.ts"
import { nothing } from "../../../failover/testing/model/world.ts"
import { Moments } from "./moments.ts"

const guarded = twoRegions(nothing).supervisors["east"]!
const at = (phase: Phase, change: Partial<Supervisor> = {}): Supervisor => ({ ...guarded, ...change, phase })
const leading = (door: "shut" | "open"): Phase => ({ at: "leading", door, change: null })
const alone = { register: { ...guarded.register!, inSync: null } }

function noticing(beginning: () => Promise<{ timeline: number; left: { timeline: number; at: string } } | undefined>) {
  vi.useFakeTimers({ now: 1_000 })
  onTestFinished(() => void vi.useRealTimers())
  return new Moments(beginning)
}

it("tells who was brought into sync, and a little later where the timeline of a promotion begins", async () => {
  const moments = noticing(async () => ({ timeline: 3, left: { timeline: 2, at: "0/5000028" } }))
  moments.notice(at({ at: "promoting" }, alone), at(leading("shut"), alone))
  moments.notice(at(leading("open"), alone), at(leading("open")))
  expect(moments.noticed).toEqual([
    { what: "promoted", at: 1_000, epoch: 1 },
    { what: "in-sync", at: 1_000, epoch: 1, detail: "west" },
  ])
  await vi.runAllTimersAsync()
  expect(moments.noticed[0]).toEqual({
    ...{ what: "promoted", at: 1_000, epoch: 1 },
    detail: "timeline 3 begins at 0/5000028 of timeline 2",
  })
})

it("asks again whoever does not answer, as long as it is the primary that it became", async () => {
  const answers = [undefined, { timeline: 2, left: { timeline: 1, at: "0/1" } }]
  const moments = noticing(async () => answers.shift())
  moments.notice(at({ at: "promoting" }, alone), at(leading("shut"), alone))
  await vi.runAllTimersAsync()
  expect(moments.noticed[0]?.detail).toBe("timeline 2 begins at 0/1 of timeline 1")

  const later = noticing(async () => ({ timeline: 3, left: { timeline: 2, at: "0/2" } }))
  later.notice(at({ at: "promoting" }, alone), at(leading("shut"), alone))
  later.notice(at(leading("shut"), alone), at({ at: "following", primary: "west" }, alone))
  await vi.runAllTimersAsync()
  expect(later.noticed).toEqual([{ what: "promoted", at: expect.any(Number), epoch: 1 }])
})

import { setImmediate as turn } from "node:timers/promises"
import type { RegionMoment, WatcherAction } from "@chatops/stacks"
import type { DrillEvent } from "@chatops/stacks/drill"
import { expect, it } from "vitest"
import { clockNotes } from "../evidence/clock-notes.ts"
import { DrillClock } from "./drill-clock.ts"
import { Observer } from "./observer.ts"
import { HandClock } from "./testing/hand-clock.ts"

const hour = 3_600_000

/** An observer of what a test lets happen. */
function observed() {
  const hands = new HandClock()
  const events: DrillEvent[] = []
  const moments: RegionMoment[] = []
  const actions: WatcherAction[] = []
  const notice = (what: RegionMoment["what"], at = hands.wall()) =>
    void moments.push({ region: "west", what, at, epoch: 2 })
  const act = () =>
    void actions.push({
      since: new Date(hands.wall()).toISOString(),
      epoch: 2,
      reason: "east is gone",
    } as WatcherAction)
  const record = (event: DrillEvent) => void events.push(event)
  const begin = async () => {
    const clock = new DrillClock((at, by) => record({ event: "clock-jumped", at, by }), hands)
    const target = { register: async () => null, moments: async () => moments, watcherActions: async () => actions }
    const observer = new Observer({ target, record, clock })
    // What was there before has been read.
    await turn()
    return { clock, finish: () => observer.finish(AbortSignal.timeout(5_000)) }
  }
  const told = () => events.flatMap(({ event, at, ...rest }) => ("what" in rest ? `${event} ${rest.what} ${at}` : []))
  return { hands, events, notice, act, begin, told }
}

it("tells what was noticed in the drill, and nothing of what was before", async () => {
  const { hands, notice, act, begin, told } = observed()
  notice("promoted")
  act()
  hands.go(10)
  const { finish } = await begin()
  hands.go(1_000)
  act()
  hands.go(500)
  notice("claimed")
  await finish()
  expect(told()).toEqual(["noticed claimed 1500", "noticed suspected 1000", "noticed asked 1000"])
})

it.each([hour, -hour])("tells when it was noticed although the clock jumps by %i ms", async by => {
  const { hands, events, notice, act, begin, told } = observed()
  // After a jump back this is what the clock shows in the drill.
  notice("promoted", hands.wall() - hour + 1_700)
  const { clock, finish } = await begin()
  hands.go(1_000)
  act()
  notice("claimed")
  hands.go(200)
  clock.look()
  hands.jump(by)
  hands.go(300)
  clock.look()
  hands.go(100)
  notice("promoted")
  hands.go(1_000)
  await finish()
  expect(told()).toEqual([
    "noticed claimed 1000",
    "noticed promoted 1600",
    "noticed suspected 1000",
    "noticed asked 1000",
  ])
  expect(events[0]).toEqual({ event: "clock-jumped", at: 1_500, by })
  expect(clockNotes(events)).toEqual([expect.stringMatching(/jumped (forward|back) by 60 min at \+1\.500 s/)])
})

it("says that it cannot tell where the clock showed the same time twice", async () => {
  const { hands, events, notice, begin, told } = observed()
  const { clock, finish } = await begin()
  hands.go(1_000)
  clock.look()
  hands.jump(-600)
  clock.look()
  hands.go(100)
  notice("claimed")
  hands.go(2_000)
  notice("opened")
  await finish()
  expect(told()).toEqual(["undated claimed 3100", "noticed opened 3100"])
  expect(clockNotes(events)).toContain("when west claimed cannot be said, because the clock jumped")
})

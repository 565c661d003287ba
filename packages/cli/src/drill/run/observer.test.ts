import { EventEmitter, once } from "node:events"
import { setImmediate as turn } from "node:timers/promises"
import type { EnvironmentState, RegionMoment, WatcherAction } from "@chatops/stacks"
import type { DrillEvent } from "@chatops/stacks/drill"
import { describe, expect, it } from "vitest"
import { fakeState } from "../../operations/testing/fake-target.ts"
import { clockNotes } from "../evidence/clock-notes.ts"
import { DrillClock } from "./drill-clock.ts"
import { type Observed, Observer } from "./observer.ts"
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
  const asked = new EventEmitter()
  const begin = async (parts: Partial<Observed["target"]> = {}) => {
    const clock = new DrillClock((at, by) => record({ event: "clock-jumped", at, by }), hands)
    const target = {
      register: async () => null,
      inspect: async () => fakeState("east"),
      moments: async () => [...moments],
      watcherActions: async () => actions,
      ...parts,
    }
    const told = Object.entries(target).map(([name, ask]) => [
      name,
      (signal: AbortSignal) => {
        asked.emit(name)
        return ask(signal)
      },
    ])
    const observer = new Observer({ target: Object.fromEntries(told), record, clock, askEvery: 1 })
    // What was there before has been read.
    await turn()
    return { clock, finish: () => observer.finish(5_000) }
  }
  /** Whoever was asked since has been heard: the next question comes only then. */
  const heard = async (name: keyof Observed["target"]) => {
    await once(asked, name)
    await once(asked, name)
  }
  const told = () => events.flatMap(({ event, at, ...rest }) => ("what" in rest ? `${event} ${rest.what} ${at}` : []))
  return { hands, events, moments, notice, act, begin, heard, told }
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
  expect(events).toContainEqual({ event: "clock-jumped", at: 1_500, by })
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

it("tells what a region noticed that has forgotten it since, with the newest word of each moment", async () => {
  const { hands, events, moments, notice, begin, heard } = observed()
  const { finish } = await begin()
  hands.go(1_000)
  notice("claimed")
  notice("promoted")
  await heard("moments")
  // Known a little later.
  moments.push({ ...moments.pop()!, detail: "timeline 2 begins at 0/5000000" })
  await heard("moments")
  moments.length = 0
  hands.go(500)
  notice("opened")
  await finish()
  const told = { event: "noticed", by: "west", epoch: 2 }
  expect(events.filter(({ event }) => event === "noticed")).toEqual([
    { ...told, at: 1_000, what: "claimed" },
    { ...told, at: 1_000, what: "promoted", detail: "timeline 2 begins at 0/5000000" },
    { ...told, at: 1_500, what: "opened" },
  ])
})

it("keeps what it has heard when nobody answers at the end", async () => {
  const { hands, told, moments, notice, begin, heard } = observed()
  let silent = false
  const answer = async () => (silent ? Promise.reject(new Error("gone")) : [...moments])
  const { finish } = await begin({ moments: answer })
  hands.go(1_000)
  notice("claimed")
  await heard("moments")
  silent = true
  await finish()
  expect(told()).toEqual(["noticed claimed 1000"])
})

describe("whether the environment is whole", () => {
  const dead = (detail: string): EnvironmentState => {
    const state = fakeState("east")
    const regions = state.regions.map(each => (each.name === "west" ? { ...each, healthy: false, detail } : each))
    return { ...state, regions }
  }
  const wholes = (events: readonly DrillEvent[]) => events.filter(({ event }) => event === "whole")

  it("is told whenever it changes, and as it is at the end", async () => {
    const { hands, events, begin, heard } = observed()
    let state = fakeState("east")
    const { finish } = await begin({ inspect: async () => state })
    for (const next of [dead("not running"), dead("not running"), dead("starting")]) {
      await heard("inspect")
      hands.go(1_000)
      state = next
    }
    await heard("inspect")
    hands.go(1_000)
    state = fakeState("east")
    await finish()
    expect(wholes(events)).toEqual([
      { event: "whole", at: 0, missing: [] },
      { event: "whole", at: 1_000, missing: ["west: not running"] },
      { event: "whole", at: 3_000, missing: ["west: starting"] },
      { event: "whole", at: 4_000, missing: [] },
    ])
  })

  it("is never asked twice at a time; neither an error nor what comes too late is news", async () => {
    const { events, begin, heard } = observed()
    let [now, most, calls] = [0, 0, 0]
    const stuck = Promise.withResolvers<EnvironmentState>()
    const third = Promise.withResolvers<void>()
    const inspect = async () => {
      most = Math.max(most, ++now)
      try {
        calls += 1
        if (calls === 2) throw new Error("gone")
        if (calls !== 3) return fakeState("east")
        third.resolve()
        return await stuck.promise
      } finally {
        now -= 1
      }
    }
    const { finish } = await begin({ inspect })
    await third.promise
    for (const _ of [1, 2, 3]) await heard("moments")
    const finished = finish()
    stuck.resolve(dead("too late"))
    await finished
    expect(most).toBe(1)
    expect(wholes(events)).toEqual([{ event: "whole", at: 0, missing: [] }])
  })
})

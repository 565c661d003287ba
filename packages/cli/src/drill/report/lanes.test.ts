import type { DrillEvent, Fault } from "@chatops/stacks/drill"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { sampleEvents, sampleScenario } from "../testing/sample-drill.ts"
import { redundancyOf } from "./in-sync.ts"
import { lanesOf } from "./lanes.ts"

type Noticed = Extract<DrillEvent, { event: "noticed" }>

const noticed = (at: number, by: string, what: Noticed["what"], epoch: number, detail?: string): Noticed => ({
  ...{ event: "noticed", at, by, what, epoch },
  ...(detail !== undefined && { detail }),
})
const killed = (at: number, region: string, kind: "kill-region" | "freeze-region" = "kill-region"): DrillEvent => ({
  ...{ event: "fault-made", at },
  fault: { kind, region } satisfies Fault,
})

const answered = (at: number, region: string): DrillEvent => ({
  ...{ event: "acknowledged", at, request: 1, attempt: 0, response: "r", message: "m", region },
})

function register(at: number, epoch: number, primary: string, inSync: string | null): DrillEvent {
  const promise = { durability: "zero-loss", onLoss: "degrade", lease: 2_000, claim: "in-sync" } as const
  const named = { epoch, primary, incarnation: "i", version: epoch, nonce: "n" }
  const member = inSync === null ? null : { region: inSync, incarnation: "i" }
  return { event: "register", at, register: { ...named, inSync: member, ...promise } }
}

/** As drills record it: of what regions noticed only what came in the drill, and that at the end. */
const seen = [register(10, 1, "east", "west"), killed(40, "east"), register(55, 2, "west", null)]
const taken = [noticed(50, "west", "claimed", 2), noticed(60, "west", "promoted", 2), noticed(65, "west", "opened", 2)]
const takeover = [...seen, ...taken]

describe("a region's lane", () => {
  const cases: Record<string, { events: readonly DrillEvent[]; east: unknown; west?: unknown }> = {
    "is open where the first register says so, until the region is killed with nobody left to say so": {
      events: takeover,
      east: [[10, 40, "open", 1]],
      west: [
        [50, 65, "taking-over", 2],
        [65, 100, "open", 2],
      ],
    },
    "is open until the end where nothing happens to it": {
      events: [register(10, 3, "east", "west"), killed(40, "west")],
      east: [[10, 100, "open", 3]],
      west: [],
    },
    "is open until another one claims a newer epoch": {
      events: [register(10, 1, "east", "west"), killed(40, "east", "freeze-region"), ...taken],
      east: [[10, 50, "open", 1]],
    },
    "is open until it says that it closed": {
      events: [register(10, 1, "east", "west"), noticed(40, "east", "closed", 1)],
      east: [[10, 40, "open", 1]],
    },
    "is open still when another one tells of an older epoch": {
      events: [register(10, 2, "east", "west"), noticed(50, "west", "opened", 1)],
      east: [[10, 100, "open", 2]],
      west: [],
    },
    "does not open by what is said late in an epoch that is over": {
      events: [...takeover, noticed(70, "east", "opened", 1)],
      east: [[10, 40, "open", 1]],
    },
    "is taken over as the register says, where the region has forgotten what it noticed": {
      events: [...seen, noticed(80, "west", "opened", 2)],
      east: [[10, 40, "open", 1]],
      west: [
        [55, 80, "taking-over", 2],
        [80, 100, "open", 2],
      ],
    },
    "is not taken over anew by a register that is seen after the region has opened": {
      events: [
        register(10, 1, "east", "west"),
        ...taken,
        register(70, 2, "west", null),
        register(90, 2, "west", "east"),
      ],
      east: [[10, 50, "open", 1]],
      west: [
        [50, 65, "taking-over", 2],
        [65, 100, "open", 2],
      ],
    },
    "is not open by the first register where a moment before it says otherwise": {
      events: [noticed(5, "east", "closed", 1), register(10, 1, "east", "west"), noticed(30, "east", "opened", 1)],
      east: [[30, 100, "open", 1]],
    },
    "is not open by a first register that is seen only after the region was killed": {
      events: [killed(5, "east"), register(10, 1, "east", "west")],
      east: [],
    },
  }
  for (const [name, { events, ...expected }] of Object.entries(cases))
    it(name, () => {
      const lanes = lanesOf(events, 100)
      for (const [region, stretches] of Object.entries(expected)) {
        const found = lanes.find(lane => lane.region === region)?.stretches
        expect(found?.map(({ from, to, state, epoch }) => [from, to, state, epoch])).toEqual(stretches)
      }
    })

  it("belongs to a region, and to nobody else who noticed something: the first primary, who was in sync, the others", () => {
    const asked = (["suspected", "asked"] as const).flatMap(what =>
      ["watcher", "drill"].map(by => noticed(45, by, what, 2)),
    )
    const events = [answered(3, "asia"), ...asked, noticed(5, "north", "closed", 1), ...takeover]
    expect(lanesOf(events, 100).map(({ region }) => region)).toEqual(["east", "west", "asia", "north"])
  })
})

describe("when a second region held everything", () => {
  const cases: Record<string, { events: readonly DrillEvent[]; inSync: unknown }> = {
    "the register says, until that region claims": { events: takeover, inSync: [[10, 50, "west"]] },
    "a primary says, with the region's name, before the register is looked at": {
      events: [...takeover, register(95, 2, "west", "east"), noticed(80, "west", "in-sync", 2, "east")],
      inSync: [
        [10, 50, "west"],
        [80, 100, "east"],
      ],
    },
    "a primary that names nobody does not say: the register does": {
      events: [...takeover, register(95, 2, "west", "east"), noticed(80, "west", "in-sync", 2)],
      inSync: [
        [10, 50, "west"],
        [95, 100, "east"],
      ],
    },
    "ends when the primary is alone": {
      events: [register(10, 1, "east", "west"), noticed(30, "east", "alone", 1)],
      inSync: [[10, 30, "west"]],
    },
    "a former primary does not say any more": {
      events: [...takeover, noticed(80, "east", "in-sync", 1, "west")],
      inSync: [[10, 50, "west"]],
    },
    "is one region after the other where one is swapped in": {
      events: [register(10, 1, "east", "west"), register(50, 1, "east", "north")],
      inSync: [
        [10, 50, "west"],
        [50, 100, "north"],
      ],
    },
  }
  for (const [name, { events, inSync }] of Object.entries(cases))
    it(name, () => {
      expect(redundancyOf(events, 100).map(({ from, to, region }) => [from, to, region])).toEqual(inSync)
    })

  it("is told of a drill as drills leave it", () => {
    const events = sampleEvents({ ...sampleScenario.load, turnsPerSecond: 5 })
    const without = events.map(event => (event.event === "noticed" ? { ...event, detail: undefined } : event))
    const told = (list: readonly DrillEvent[]) => redundancyOf(list, 75_000).map(({ from, region }) => [from, region])
    expect(told(events)).toEqual([
      [21.677, "west"],
      [52_250, "east"],
    ])
    expect(told(without as DrillEvent[])).toEqual([
      [21.677, "west"],
      [52_252.25, "east"],
    ])
  })
})

const regions = ["east", "west", "north"] as const
/** Each epoch has one primary, as the protocol promises; everything else is said in any order, and much of it at once. */
const primaryOf = (epoch: number): string => regions[epoch % regions.length] ?? "east"
const anyTold: fc.Arbitrary<DrillEvent> = fc
  .record({
    at: fc.nat(5),
    epoch: fc.integer({ min: 1, max: 3 }),
    region: fc.constantFrom(...regions),
    kind: fc.constantFrom(
      "answered",
      "register",
      "killed",
      "closed",
      "claimed",
      "promoted",
      "opened",
      "in-sync",
      "alone",
      "asked",
    ),
    named: fc.boolean(),
  })
  .map(({ at, epoch, region, kind, named }) => {
    if (kind === "answered") return answered(at, region)
    if (kind === "register") return register(at, epoch, primaryOf(epoch), named ? region : null)
    if (kind === "killed") return killed(at, region)
    if (kind === "asked") return noticed(at, "watcher", kind, epoch)
    return noticed(at, kind === "closed" ? region : primaryOf(epoch), kind, epoch, named ? region : undefined)
  })

describe("whatever was told", () => {
  it("is drawn the same in whatever order it was recorded", () => {
    fc.assert(
      fc.property(fc.array(anyTold, { minLength: 10, maxLength: 25 }), fc.infiniteStream(fc.nat()), (events, order) => {
        const places = new Map(events.map(event => [event, order.next().value]))
        const shuffled = events.toSorted((a, b) => (places.get(a) ?? 0) - (places.get(b) ?? 0))
        expect(lanesOf(shuffled, 8)).toEqual(lanesOf(events, 8))
        expect(redundancyOf(shuffled, 8)).toEqual(redundancyOf(events, 8))
      }),
      { numRuns: 500 },
    )
  })

  it("never shows as in sync who is primary then", () => {
    fc.assert(
      fc.property(fc.array(anyTold, { minLength: 10, maxLength: 25 }), events => {
        const primaries = events.flatMap(event => {
          if (event.event === "register") return { at: event.at, epoch: event.register.epoch }
          // Who closes tells the epoch of its successor.
          return event.event === "noticed" && event.by !== "watcher" && event.what !== "closed" && event.epoch
            ? { at: event.at, epoch: event.epoch }
            : []
        })
        for (const { from, to, region } of redundancyOf(events, 8))
          for (let at = from; at < to; at++) {
            const epochs = primaries.filter(told => told.at <= at).map(({ epoch }) => epoch)
            expect(primaryOf(Math.max(...epochs))).not.toBe(region)
          }
      }),
      { numRuns: 500 },
    )
  })

  it("never shows two regions open in epochs that follow one another", () => {
    fc.assert(
      fc.property(fc.array(anyTold, { minLength: 10, maxLength: 25 }), events => {
        const open = lanesOf(events, 8).flatMap(({ stretches }) => stretches)
        for (const one of open)
          for (const other of open)
            if (one.epoch < other.epoch) expect(one.from < other.to && other.from < one.to).toBe(false)
      }),
      { numRuns: 500 },
    )
  })
})

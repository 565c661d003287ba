import type { Register } from "@chatops/runtime/contract"
import { describe, expect, it } from "vitest"
import type { DrillEvent } from "./drill-event.ts"
import { figuresOf } from "./figures-of.ts"

const made = (at: number): DrillEvent => ({
  event: "fault-made",
  at,
  fault: { kind: "kill-region", region: "north" },
})
const west = { region: "west", incarnation: "w" }

function register(
  at: number,
  version: number,
  inSync: Register["inSync"],
  changes: Partial<Register> = {},
): DrillEvent {
  const promise = { durability: "zero-loss", onLoss: "degrade", lease: 2_000, claim: "in-sync" } as const
  const named = { epoch: 1, primary: "east", incarnation: "e", inSync, version, nonce: `n${version}` }
  return { event: "register", at, register: { ...named, ...promise, ...changes } }
}
const async = { durability: "async" } as const
const whole = (at: number, ...missing: readonly string[]): DrillEvent => ({
  event: "whole",
  at,
  missing: [...missing],
})

const cases: Record<string, { events: DrillEvent[]; redundant: number | null }> = {
  "is back when nothing is missing any more": {
    events: [register(0, 1, west), whole(1), made(100), whole(900, "north: not running"), whole(5_900)],
    redundant: 5_800,
  },
  "of three regions is not whole for want of the third, though the second is in sync all along": {
    events: [register(0, 1, west), whole(1), made(100), whole(150, "north: not running"), whole(700)],
    redundant: 600,
  },
  "under async needs nobody in sync": {
    events: [register(0, 1, null, async), whole(1), made(100), whole(200, "west: not streaming"), whole(1_300)],
    redundant: 1_200,
  },
  "under async was never lost": { events: [register(0, 1, null, async), whole(1), made(100)], redundant: 0 },
  "under async was lost for good": {
    events: [register(0, 1, null, async), whole(1), made(100), whole(200, "west: not streaming")],
    redundant: null,
  },
  "takes a region in sync as well, whichever comes last": {
    events: [
      ...[register(0, 1, west), whole(1), made(100), register(150, 2, null), whole(200, "west: not running")],
      ...[whole(700), register(900, 3, west)],
    ],
    redundant: 800,
  },
  "counts from the last time that something was missing": {
    events: [
      ...[register(0, 1, west), whole(1), made(100), whole(200, "north: not running"), whole(700)],
      ...[whole(1_700, "the entry: starting"), whole(2_700)],
    ],
    redundant: 2_600,
  },
  "is unknown before anybody looked": { events: [register(0, 1, west), made(100), whole(300)], redundant: 200 },
}
for (const [name, { events, redundant }] of Object.entries(cases))
  it(`redundancy ${name}`, () => expect(figuresOf(events).recoveries).toMatchObject([{ redundant }]))

describe("redundancy in a record that does not tell what was missing", () => {
  const untold: typeof cases = {
    "is back when a region is in sync again": {
      events: [register(0, 1, west), made(100), register(150, 2, null), register(400, 3, west)],
      redundant: 300,
    },
    "is back after it was lost for the last time": {
      events: [
        ...[register(0, 1, west), made(100), register(150, 2, null), register(400, 3, west), register(450, 4, null)],
        { event: "noticed", at: 500, by: "east", what: "in-sync" },
      ],
      redundant: 400,
    },
    "was never lost": { events: [register(0, 1, west), made(100)], redundant: 0 },
    "was lost for good": { events: [register(0, 1, west), made(100), register(150, 2, null)], redundant: null },
    "was missing before, and came": {
      events: [register(0, 1, null), made(100), register(150, 2, west)],
      redundant: 50,
    },
    "was never seen": { events: [made(100)], redundant: null },
    "is nobody's under async": { events: [register(0, 1, null, async), made(100)], redundant: null },
  }
  for (const [name, { events, redundant }] of Object.entries(untold))
    it(name, () => expect(figuresOf(events).recoveries).toMatchObject([{ redundant }]))
})

it("redundancy is each fault's own", () => {
  const [lost, again] = [register(150, 2, null), register(400, 3, west)]
  const second = [made(500), register(550, 4, null), register(700, 5, west)]
  const events = [register(0, 1, west), made(100), lost, again, ...second]
  expect(figuresOf(events).recoveries).toMatchObject([{ redundant: 300 }, { redundant: 200 }])
})

import type { Register } from "@chatops/runtime/contract"
import fc from "fast-check"
import { expect, it } from "vitest"
import { calmFor, judge, type RegionPulse, type RegionSight, type Watch } from "./watching.ts"

const register = {
  epoch: 1,
  primary: "east",
  incarnation: "e0",
  inSync: { region: "west", incarnation: "w0" },
  durability: "zero-loss",
  lease: 2_000,
} as Register
const alone: Register = { ...register, inSync: null }
const async: Register = { ...alone, durability: "async" }
const quiet: RegionPulse = {
  serves: false,
  database: "running",
  ended: false,
  leaving: false,
  replicas: 2,
  primary: null,
  progress: null,
}
const answers = { supervisor: "answers", unheardFor: 10, idleFor: null, reached: true } as const
const east: RegionSight = { ...answers, pulse: { ...quiet, serves: true } }
const sees = (state: NonNullable<RegionPulse["primary"]>["state"]): RegionPulse => ({
  ...quiet,
  primary: { region: "east", state },
})
const west: RegionSight = { ...answers, pulse: sees("alive") }
const well: Watch = { register, sights: { east, west }, served: true, sinceLast: null, lately: 0 }

const closed = { ...west, pulse: sees("closed") }
const silent = { ...west, pulse: sees("silent") }
const ended = { ...east, pulse: { ...east.pulse!, serves: false, database: "stopped" as const, ended: true } }
const with_ = (change: { east?: RegionSight; west?: RegionSight } & Partial<Watch>): Watch => {
  const { east: e = east, west: w = west, ...rest } = change
  return { ...well, sights: { east: e, west: w }, ...rest }
}

it.each([
  ["the database's end", with_({ east: ended, west: closed }), "its database ended; west sees"],
  ["the region's end", with_({ east: { ...east, supervisor: "closed" }, west: closed }), "supervisor is gone"],
  ["a frozen region", with_({ east: { ...east, supervisor: "silent" }, west: silent }), "supervisor is silent"],
  [
    "a primary that answers and has long not served",
    with_({ east: { ...east, idleFor: 11_000 }, west: closed }),
    "has long",
  ],
  ["a primary that nobody is served by", with_({ served: false, west: silent }), "no replica of any region is ready"],
  [
    "one that died while it was leaving",
    with_({
      east: { ...east, supervisor: "closed", unheardFor: 61_000, pulse: { ...quiet, leaving: true } },
      west: closed,
    }),
    "supervisor is gone",
  ],
  [
    "the region's end, under async",
    with_({ east: { ...east, supervisor: "closed" }, west: closed, register: async }),
    "its supervisor is gone; west sees: the database's connection is closed; async: what was acknowledged last may be lost",
  ],
  [
    "a database that stands still in a region that does not",
    with_({ east: { ...east, pulse: { ...east.pulse!, primary: { region: "east", state: "silent" } } }, west: silent }),
    "its database does not answer its supervisor; west sees: the database is silent",
  ],
  ["a region that is cut off", with_({ east: { ...east, reached: false }, west: silent }), "none of its replicas"],
] as [string, Watch, string][])("acts on %s, when two views agree", (_what, watch, reason) => {
  expect(judge(watch)).toMatchObject({
    verdict: "acts",
    from: "east",
    to: "west",
    reason: expect.stringContaining(reason),
  })
})

it.each([
  ["the standby alone has lost the primary", with_({ west: silent }), "the entry has not"],
  [
    "its own supervisor alone has lost its database",
    with_({ east: { ...east, pulse: { ...east.pulse!, primary: { region: "east", state: "silent" } } } }),
    "west has not",
  ],
  ["the entry alone has lost it", with_({ east: { ...east, supervisor: "silent" } }), "west has not"],
  ["the witness is away", with_({ east: ended, west: closed, register: null }), "the witness does not answer"],
  [
    "nobody is in sync",
    with_({ east: ended, west: closed, register: { ...register, inSync: null } }),
    "no region is in sync",
  ],
  [
    "nobody is in sync, and the region is gone",
    with_({ east: { ...east, supervisor: "closed" }, west: closed, register: alone }),
    "no region is in sync",
  ],
  [
    "under async only the database ended: it is started again in place",
    with_({ east: ended, west: closed, register: async }),
    "its database ended; async: its supervisor answers",
  ],
  [
    "under async none of its replicas is reached, and its supervisor is",
    with_({ east: { ...east, reached: false }, west: silent, register: async }),
    "none of its replicas is reached; async: its supervisor answers",
  ],
  [
    "under async the standby still sees the primary",
    with_({ east: { ...east, supervisor: "silent" }, register: async }),
    "west has not",
  ],
  [
    "under async no lease is kept",
    with_({ east: { ...east, supervisor: "closed" }, west: closed, register: { ...async, lease: null } }),
    "no region is in sync",
  ],
  [
    "under async nobody could take over",
    with_({
      east: { ...east, supervisor: "closed" },
      west: { ...closed, pulse: { ...sees("closed"), replicas: 0 } },
      register: async,
    }),
    "no region could take over; no replica of west runs",
  ],
  [
    "the primary was told to go",
    with_({ east: { ...east, supervisor: "closed", pulse: { ...quiet, leaving: true } }, west: closed }),
    "was told to leave",
  ],
  [
    "it has not met the primary's region yet",
    with_({ east: { ...east, supervisor: "unknown", pulse: null }, west: closed }),
    "the entry has not",
  ],
  [
    "the standby has nobody to answer",
    with_({ east: ended, west: { ...closed, pulse: { ...sees("closed"), replicas: 0 } } }),
    "no replica of west runs",
  ],
  ["it has just acted", with_({ east: ended, west: closed, sinceLast: calmFor - 1 }), "looks on only"],
  ["it acts too often", with_({ east: ended, west: closed, sinceLast: calmFor, lately: 3 }), "a person has to look"],
  [
    "the standby is not up itself",
    with_({ east: ended, west: { ...closed, pulse: { ...sees("closed"), database: "starting" } } }),
    "the database of west is starting",
  ],
] as [string, Watch, string][])("holds still when %s", (_what, watch, reason) => {
  expect(judge(watch)).toMatchObject({ verdict: "holds", reason: expect.stringContaining(reason) })
})

it("says that nobody could take over", () => {
  expect(judge(with_({ register: alone }))).toEqual({ verdict: "holds", reason: "no region is in sync with east" })
  expect(judge(with_({ register: async, west: { ...west, pulse: quiet } }))).toEqual({
    verdict: "holds",
    reason: "no region could take over; west does not follow east",
  })
})

it("under async waits for the one that has come furthest, and says what that one surely holds", () => {
  const at = (position: number | null, state: "closed" | "alive"): RegionSight => {
    const committedAt = `2026-01-01T00:00:0${position ?? 9}.000Z`
    return { ...west, pulse: { ...sees(state), progress: position === null ? null : { position, committedAt } } }
  }
  const of = (w: RegionSight, n: RegionSight) =>
    judge({
      ...well,
      register: async,
      sights: { north: n, east: { ...east, supervisor: "closed" }, west: w },
    })
  expect(of(at(2, "closed"), at(1, "closed"))).toMatchObject({ to: "west", heldUntil: "2026-01-01T00:00:02.000Z" })
  expect(of(at(2, "closed"), at(3, "closed"))).toMatchObject({ to: "north", heldUntil: "2026-01-01T00:00:03.000Z" })
  expect(of(at(null, "closed"), at(0, "closed"))).toMatchObject({ to: "north" })
  expect(of(at(1, "closed"), at(2, "alive"))).toMatchObject({
    verdict: "holds",
    reason: expect.stringContaining("north has not"),
  })
})

it("has nothing to say when all is well, or while a standby has not connected yet", () => {
  expect(judge(well)).toEqual({ verdict: "well" })
  expect(judge(with_({ west: { ...west, pulse: sees("unknown") } }))).toEqual({ verdict: "well" })
})

/**
 * Whatever is seen: it never acts against who serves and is reached, nor for anybody who is not in sync, unless that is
 * given up, and then against a supervisor that is gone only, and never past a region that has come further.
 */
it("never acts on one view, nor for a region that is not in sync where nothing is to be lost", () => {
  const sight = fc.record({
    supervisor: fc.constantFrom("answers", "closed", "silent", "unknown"),
    unheardFor: fc.constantFrom(10, 90_000),
    idleFor: fc.constantFrom(null, 100, 20_000),
    reached: fc.constantFrom(true, false, undefined),
    pulse: fc.option(
      fc.record({
        serves: fc.boolean(),
        database: fc.constantFrom("running", "starting", "stopped"),
        ended: fc.boolean(),
        leaving: fc.boolean(),
        replicas: fc.nat({ max: 2 }),
        primary: fc.option(
          fc.record({
            region: fc.constantFrom("east", "west"),
            state: fc.constantFrom("unknown", "alive", "closed", "refused", "silent"),
          }),
        ),
        progress: fc.option(fc.record({ position: fc.nat({ max: 3 }), committedAt: fc.constant(null) })),
      }),
    ),
  }) as fc.Arbitrary<RegionSight>
  const inSync = fc.constantFrom(null, "west", "north")
  const served = fc.constantFrom(true, false, undefined)
  const history = fc.record({ sinceLast: fc.constantFrom(null, 10, calmFor), lately: fc.nat({ max: 4 }) })
  const promise = fc.record({
    durability: fc.constantFrom("zero-loss" as const, "async" as const),
    lease: fc.constantFrom(null, 2_000),
  })
  const acted = { guarded: 0, alone: 0 }
  fc.assert(
    fc.property(sight, sight, sight, inSync, promise, served, history, (e, w, n, region, promised, anybody, past) => {
      const named = region === null ? null : { region, incarnation: "0" }
      const sights = { east: e, west: w, north: n }
      const verdict = judge({ register: { ...register, ...promised, inSync: named }, sights, served: anybody, ...past })
      if (verdict.verdict !== "acts") return
      acted[region === null ? "alone" : "guarded"]++
      const chosen = { west: w, north: n }[verdict.to]
      if (region !== null) expect(verdict.to).toBe(region)
      else {
        expect(promised).toEqual({ durability: "async", lease: 2_000 })
        expect(["closed", "silent"]).toContain(e.supervisor)
        const other = verdict.to === "west" ? n : w
        const fit = other.supervisor === "answers" && other.pulse?.database === "running" && other.pulse.replicas > 0
        const follows = fit && !other.pulse?.leaving && other.pulse?.primary?.region === "east"
        const position = ({ pulse }: RegionSight) => pulse?.progress?.position ?? -1
        if (follows) expect(position(other)).toBeLessThanOrEqual(position(chosen!))
      }
      expect([chosen?.supervisor, chosen?.pulse?.database]).toEqual(["answers", "running"])
      expect(chosen?.pulse?.primary?.region).toBe("east")
      expect(["closed", "refused", "silent"]).toContain(chosen?.pulse?.primary?.state)
      const isStill = e.pulse?.primary?.region === "east" && e.pulse.primary.state === "silent"
      const isLost = e.supervisor !== "answers" || e.pulse?.ended === true || e.reached === false || isStill
      expect(isLost || anybody === false || e.idleFor === 20_000).toBe(true)
      expect(e.pulse?.leaving === true && e.unheardFor < 60_000).toBe(false)
      expect(past.lately < 3 && (past.sinceLast ?? calmFor) >= calmFor).toBe(true)
    }),
    { numRuns: 100_000 },
  )
  // One that never acts would be right, too.
  expect(acted.guarded).toBeGreaterThan(20)
  expect(acted.alone).toBeGreaterThan(5)
})

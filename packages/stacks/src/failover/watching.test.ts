import type { Register } from "@chatops/runtime/contract"
import fc from "fast-check"
import { expect, it } from "vitest"
import { calmFor, judge, type RegionPulse, type RegionSight, type Watch } from "./watching.ts"

const register = {
  epoch: 1,
  primary: "east",
  incarnation: "e0",
  inSync: { region: "west", incarnation: "w0" },
} as Register
const quiet: RegionPulse = { serves: false, database: "running", ended: false, leaving: false, primary: null }
const east: RegionSight = { supervisor: "answers", pulse: { ...quiet, serves: true }, reached: true }
const sees = (state: NonNullable<RegionPulse["primary"]>["state"]): RegionPulse => ({
  ...quiet,
  primary: { region: "east", state },
})
const west: RegionSight = { supervisor: "answers", pulse: sees("alive"), reached: true }
const well: Watch = { register, sights: { east, west }, sinceLast: null, lately: 0 }

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
  ["the entry alone has lost it", with_({ east: { ...east, supervisor: "silent" } }), "west has not"],
  ["the witness is away", with_({ east: ended, west: closed, register: null }), "the witness does not answer"],
  [
    "nobody is in sync",
    with_({ east: ended, west: closed, register: { ...register, inSync: null } }),
    "no region is in sync",
  ],
  [
    "the primary was told to go",
    with_({ east: { ...east, supervisor: "closed", pulse: { ...quiet, leaving: true } }, west: closed }),
    "was told to leave",
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

it("has nothing to say when all is well, or while a standby has not connected yet", () => {
  expect(judge(well)).toEqual({ verdict: "well" })
  expect(judge(with_({ west: { ...west, pulse: sees("unknown") } }))).toEqual({ verdict: "well" })
})

/** Whatever is seen: it never acts against who serves and is reached, nor for anybody who is not in sync. */
it("never acts on one view, nor for a region that is not in sync", () => {
  const sight = fc.record({
    supervisor: fc.constantFrom("answers", "closed", "silent"),
    reached: fc.constantFrom(true, false, undefined),
    pulse: fc.option(
      fc.record({
        serves: fc.boolean(),
        database: fc.constantFrom("running", "starting", "stopped"),
        ended: fc.boolean(),
        leaving: fc.boolean(),
        primary: fc.option(
          fc.record({
            region: fc.constantFrom("east", "west"),
            state: fc.constantFrom("unknown", "alive", "closed", "refused", "silent"),
          }),
        ),
      }),
    ),
  }) as fc.Arbitrary<RegionSight>
  const inSync = fc.constantFrom(null, "west", "north")
  fc.assert(
    fc.property(sight, sight, sight, inSync, (e, w, n, region) => {
      const named = region === null ? null : { region, incarnation: "0" }
      const verdict = judge({
        ...well,
        register: { ...register, inSync: named },
        sights: { east: e, west: w, north: n },
      })
      if (verdict.verdict !== "acts") return
      const chosen = { west: w, north: n }[verdict.to]
      expect(verdict.to).toBe(region)
      expect(chosen?.pulse?.primary?.region).toBe("east")
      expect(["closed", "refused", "silent"]).toContain(chosen?.pulse?.primary?.state)
      expect(e.supervisor !== "answers" || e.pulse?.ended === true || e.reached === false).toBe(true)
      expect(e.pulse?.leaving ?? false).toBe(false)
    }),
    { numRuns: 20_000 },
  )
})

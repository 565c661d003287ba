import fc from "fast-check"
import { expect, it } from "vitest"
import { boundOf, compareProgress, describeLoss, type Lacking } from "./lacking.ts"

const lagging = (seconds: number, turns = 0, bytes = 1): Lacking => ({ lag: { bytes, seconds, turns }, replayed: null })
const came = (position: number, committedAt: string | null = null): Lacking => ({
  lag: null,
  replayed: { position, committedAt },
})
const unknown: Lacking = { lag: null, replayed: null }

it.each([
  ["nothing", { lag: { bytes: 0, seconds: 0, turns: 0 }, replayed: null }, "west lacks nothing as of now;"],
  ["what the primary tells", lagging(3, 1), "in the last 3.5 s is lost, 1 turn as of now"],
  ["more turns than were counted", lagging(3, 10_000), "10000 turns or more as of now"],
  ["since when", came(7, "2026-01-01T00:00:00.000Z"), "after 2026-01-01T00:00:00.000Z is lost where west"],
  ["that nobody knows", unknown, "nobody can say how much"],
] as [string, Lacking, string][])("says of what would be lost %s", (_what, lacking, text) => {
  expect(describeLoss("west", lacking)).toContain(text)
})

it("says who would lose less, and nothing of it where nobody would", () => {
  expect(describeLoss("west", lagging(3), "north")).toMatch(/; north has come further, and would lose less$/)
  expect(describeLoss("west", lagging(3), null)).not.toContain("further")
})

it("puts whoever has come furthest first: the fewest bytes, then the shortest time, then as they stand", () => {
  const furthest = (...regions: readonly Lacking[]) => regions.toSorted(compareProgress)[0]
  expect(furthest(lagging(2), lagging(0.2))).toEqual(lagging(0.2))
  expect(furthest(lagging(0.9), lagging(0.1))).toEqual(lagging(0.1))
  // A commit that is older, and one that is larger and younger: the log says who has come further.
  expect(furthest(lagging(0.1, 1, 900), lagging(0.9, 1, 800))).toEqual(lagging(0.9, 1, 800))
  expect(furthest(lagging(1, 4), lagging(1, 3))).toEqual(lagging(1, 4))
  expect(furthest(came(1), came(2))).toEqual(came(2))
  expect(furthest(unknown, came(0))).toEqual(came(0))
  // A primary that says what one lacks and not what the other does: that one is of another history, or does not answer.
  expect(furthest(came(9), lagging(60))).toEqual(lagging(60))
})

it("bounds by when it was asked what seems to have been committed only afterwards", () => {
  const hourAhead = came(0, new Date(3_600_000 + 10_000).toISOString())
  expect(boundOf(hourAhead, 10_000, 13_000)).toEqual({ turns: null, seconds: 3 })
})

/**
 * A history: one commit after the other is acknowledged, a standby replays them as far as it comes, and is asked at some
 * time. Whatever it lacks in the end was acknowledged within the bound.
 */
it("never promises less than is lost", () => {
  const start = Date.UTC(2026, 0, 1)
  const history = fc.record({
    pauses: fc.array(fc.integer({ min: 1, max: 4_000 }), { minLength: 1, maxLength: 20 }),
    held: fc.nat({ max: 20 }),
    askedAfter: fc.nat({ max: 30_000 }),
    took: fc.nat({ max: 10_000 }),
    answers: fc.boolean(),
    seenLate: fc.nat({ max: 500 }),
  })
  let lost = 0
  fc.assert(
    fc.property(history, ({ pauses, held, askedAfter, took, answers, seenLate }) => {
      const times = pauses.map((_, index) => start + pauses.slice(0, index + 1).reduce((sum, pause) => sum + pause, 0))
      const [asked, until] = [start + askedAfter, start + askedAfter + took]
      const had = times.filter(time => time <= asked)
      const replayed = had.slice(0, held)
      const missing = had.at(replayed.length)
      const seconds = missing === undefined ? 0 : Math.max(0, asked - missing - seenLate) / 1_000
      const lag = { bytes: missing === undefined ? 0 : 1, seconds, turns: had.length - replayed.length }
      const newest = replayed.at(-1)
      const bound = boundOf(
        {
          lag: answers ? lag : null,
          replayed: { position: 0, committedAt: newest === undefined ? null : new Date(newest).toISOString() },
        },
        asked,
        until,
      )
      if (bound.seconds === null) {
        expect([answers, newest]).toEqual([false, undefined])
        return
      }
      for (const time of times.filter(time => time <= until && !replayed.includes(time))) {
        lost++
        expect(time).toBeGreaterThanOrEqual(until - bound.seconds * 1_000)
      }
    }),
    { numRuns: 2_000 },
  )
  expect(lost).toBeGreaterThan(100)
})

import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { CommitHistory, lookEvery } from "./commit-history.ts"

/** Commits one look apart, each ten bytes further. */
function historyOf(looks: number): CommitHistory {
  const history = new CommitHistory()
  for (let look = 0; look < looks; look++) history.note(look * lookEvery, `s${look}`, BigInt(10 * look))
  return history
}

describe("the history of commits", () => {
  it("tells when the first commit beyond a position was seen, and that there is none", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4_000 }), fc.nat(40_000), (looks, position) => {
        const beyond = Math.floor(position / 10) + 1
        expect(historyOf(looks).firstBeyond(BigInt(position))).toBe(beyond < looks ? beyond * lookEvery : undefined)
      }),
      { numRuns: 20 },
    )
  })

  it("stays bounded, and calls nothing younger than it is, nor much older", () => {
    const looks = 20_000
    const history = historyOf(looks)
    for (const beyond of [1, 500, 7_777, 15_000, looks - 1]) {
      const seen = history.firstBeyond(BigInt(10 * beyond - 1)) ?? Number.NaN
      expect(seen).toBeLessThanOrEqual(beyond * lookEvery)
      // A tenth of its age.
      expect(seen).toBeGreaterThanOrEqual((beyond - (looks - beyond) / 10) * lookEvery)
    }
  })

  it("passes over WAL without a commit, however far it goes", () => {
    const history = historyOf(2)
    history.note(9_000, "s1", 1_000n)
    expect(history.firstBeyond(10n)).toBeUndefined()
    history.note(9_500, "s2", 1_010n)
    expect(history.firstBeyond(10n)).toBe(9_500)
  })

  it("takes what came while nobody looked to be as old as it may be", () => {
    const history = historyOf(2)
    history.note(60_000, "s2", 20n)
    expect(history.firstBeyond(10n)).toBe(2 * lookEvery)
  })

  it("says where older commits may lie that it does not know", () => {
    const history = new CommitHistory()
    expect(history.beginsBeyond(0n)).toBe(true)
    history.note(0, "s", 100n)
    expect([99n, 100n].map(position => history.beginsBeyond(position))).toEqual([true, false])
  })
})

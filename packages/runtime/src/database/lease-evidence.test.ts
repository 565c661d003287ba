import fc from "fast-check"
import { expect, it } from "vitest"
import { countsPerGrant } from "../contract/index.ts"
import { LeaseEvidence, type LeaseRow } from "./lease-evidence.ts"

const row = (change: Partial<LeaseRow> = {}): LeaseRow => ({
  ...{ renewal: 0, alone: true, length: 2_000 },
  ...change,
})

it("is good for a lease from when a row was asked for that says that a region is in sync", () => {
  const evidence = new LeaseEvidence()
  evidence.learn(10, row({ alone: false }))
  expect(evidence.until).toBe(2_010)
  // What was asked for earlier and comes later takes nothing away.
  evidence.learn(5, row({ alone: false }))
  expect(evidence.until).toBe(2_010)
})

it("takes no row, and no number by itself, for anything", () => {
  const evidence = new LeaseEvidence()
  evidence.learn(0, undefined)
  evidence.learn(10, row({ renewal: 7 }))
  evidence.learn(20, row({ renewal: 8 }))
  expect(evidence.until).toBe(Number.NEGATIVE_INFINITY)
  evidence.learn(30, row({ renewal: 9 }))
  expect(evidence.until).toBe(2_010)
})

it("knows when it was the primary last, where nobody else tells", () => {
  const evidence = new LeaseEvidence()
  evidence.learn(0, row({ alone: false }))
  expect(evidence.provenAt).toBe(Number.POSITIVE_INFINITY)
  evidence.learn(10, row({ renewal: 7 }))
  expect(evidence.provenAt).toBe(0)
  evidence.learn(30, row({ renewal: 9 }))
  expect(evidence.provenAt).toBe(10)
  evidence.learn(40, row({ alone: false }))
  expect(evidence.provenAt).toBe(Number.POSITIVE_INFINITY)
})

it("compares no numbers of different grants", () => {
  const evidence = new LeaseEvidence()
  evidence.learn(10, row({ renewal: 1 }))
  evidence.learn(20, row({ renewal: countsPerGrant + 9 }))
  evidence.learn(30, row({ renewal: 10 }))
  expect(evidence.until).toBe(Number.NEGATIVE_INFINITY)
})

/**
 * A supervisor on one clock, which asks, is answered and counts, one after the other; a runtime that looks now and then,
 * and is answered late; and a claim at some time, after which the witness answers nothing more in the old one's favour.
 */
it("never holds at the end of the lease that a claimant waits out", () => {
  const pause = fc.integer({ min: 0, max: 900 })
  const step = fc.record({ beforeAsking: pause, answer: pause, beforeCounting: pause })
  const look = fc.record({ after: pause, answer: pause })
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 1, maxLength: 20 }),
      fc.array(look, { minLength: 1, maxLength: 30 }),
      fc.integer({ min: 0, max: 8_000 }),
      fc.integer({ min: 0, max: 4_000 }),
      (steps, looks, claimedAt, markedAt) => {
        // Rows by the time from which they are seen: somebody in sync first, then alone, counted while answers come.
        // The witness lets nobody claim before the mark.
        const claim = Math.max(claimedAt, markedAt)
        const rows = [
          { from: 0, row: row({ alone: false }) },
          { from: markedAt, row: row() },
        ]
        let now = markedAt
        for (const [index, { beforeAsking, answer, beforeCounting }] of steps.entries()) {
          const answered = now + beforeAsking + answer
          // The answer is of some moment between question and answer: as late as can be here.
          if (now + beforeAsking > claim) break
          now = answered + beforeCounting
          rows.push({ from: now, row: row({ renewal: index + 1 }) })
        }
        const evidence = new LeaseEvidence()
        let asked = 0
        for (const { after, answer } of looks) {
          asked += after
          const seenAt = asked + answer
          evidence.learn(asked, rows.findLast(({ from }) => from <= seenAt)?.row)
          expect(evidence.until).toBeLessThanOrEqual(claim + 2_000)
          if (evidence.provenAt !== Number.POSITIVE_INFINITY) expect(evidence.provenAt).toBeLessThanOrEqual(claim)
          asked = seenAt
        }
      },
    ),
    { numRuns: 2_000 },
  )
})

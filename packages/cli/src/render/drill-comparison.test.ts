import { expect, it } from "vitest"
import { renderComparison } from "./drill-comparison.ts"

const now = { rtoMs: 1_500, lost: 0 }

it("tells what was before, and by how much a drill differs", () => {
  const previous = { id: "op-1", rtoMs: 1_900, lost: 0 }
  expect(renderComparison(now, { previous, median: { runs: 5, rtoMs: 1_250, lost: 2 } })).toEqual([
    "the run before, op-1: RTO 1.90 s (now 400 ms less), 0 lost (now the same)",
    "median of 5 runs before: RTO 1.25 s (now 250 ms more), 2 lost (now 2 less)",
  ])
})

it("compares nothing with what never ended, and has no median of one", () => {
  const previous = { id: "op-1", rtoMs: null, lost: 3 }
  const comparison = { previous, median: { runs: 1, rtoMs: null, lost: 3 } }
  expect(renderComparison(now, comparison)).toEqual([
    "the run before, op-1: RTO never (now 1.50 s), 3 lost (now 3 less)",
  ])
  expect(renderComparison(now, null)).toEqual([])
})

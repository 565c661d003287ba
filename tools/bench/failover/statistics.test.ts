import { expect, it } from "vitest"
import { isMet } from "../figure.ts"
import { atLeast, atMost, largest, median, wrong } from "./statistics.ts"

it.each([
  ["of an odd number, the one in the middle", [9, 1, 5], 5],
  ["of an even number, the mean of the two in the middle", [10, 1, 2, 4], 3],
  ["of two", [1, 2], 1.5],
  ["of one", [7], 7],
  ["by size and not by name", [100, 9, 20], 20],
  ["where half never ended", [1, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 2], Number.POSITIVE_INFINITY],
  ["where most never ended", [1, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY], Number.POSITIVE_INFINITY],
  ["of none", [], Number.NaN],
])("the median %s", (_, values, expected) => {
  expect(median(values)).toBe(expected)
})

it("takes the largest of what there is", () => {
  expect(largest([3, 20, 100])).toBe(100)
  expect(largest([])).toBeNaN()
})

it("meets no limit with what could not be measured", () => {
  const figure = (value: number, limit?: ReturnType<typeof atMost> | ReturnType<typeof atLeast>) =>
    isMet({ name: "", unit: "ms", value, ...(limit && { limit }) })
  expect([figure(300, atMost(300)), figure(301, atMost(300))]).toEqual([true, false])
  expect([figure(190, atLeast(190)), figure(189, atLeast(190))]).toEqual([true, false])
  for (const none of [median([]), largest([])])
    expect([figure(none, atMost(300)), figure(none, atLeast(0))]).toEqual([false, false])
  expect(figure(Number.NaN)).toBeUndefined()
})

it("counts every way in which turns go wrong", () => {
  const turns = { requested: 0, acknowledged: 0, unknown: 50, lost: 1, doubled: 2, outOfOrder: 4, altered: 8 }
  expect(wrong(turns)).toBe(15)
})

import { expect, it } from "vitest"
import { distributionOf } from "./distribution.ts"

it("takes durations that occurred, by nearest rank", () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index)
  expect(distributionOf(hundred)).toEqual({ count: 100, p50: 50, p95: 95, p99: 99, max: 100 })
  expect(distributionOf([3, 1, 2])).toEqual({ count: 3, p50: 2, p95: 3, p99: 3, max: 3 })
  expect(distributionOf([7.0005])).toEqual({ count: 1, p50: 7.001, p95: 7.001, p99: 7.001, max: 7.001 })
  expect(distributionOf([])).toBeNull()
})

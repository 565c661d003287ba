import type { DrillEvent } from "@chatops/stacks/drill"
import { expect, it } from "vitest"
import { acknowledgedWithin, failedAttempts, longestPause } from "./span.ts"
import { answeredAt, answeredFrom, failedAt } from "./testing/turn-events.ts"

const at = (...moments: number[]): DrillEvent[] => moments.flatMap(answeredAt)
const span = { from: 100, to: 200 }

it.each([
  ["the whole span where no turn was ever acknowledged", at(), 100],
  ["the longest within it", at(90, 110, 150, 160, 210), 50],
  ["the whole of one that began before it", at(40, 110, 190, 210), 80],
  ["the whole of one that lasts beyond it", at(90, 110, 120, 400), 280],
  ["the whole of one that covers it", at(50, 350), 300],
  ["none that was over before it began", at(1, 95, 105, 195, 205), 90],
  ["none that began when it was over", at(95, 150, 205, 900), 55],
  ["to its end where nothing was acknowledged any more", at(95, 140), 60],
  ["to its end, from the last turn before it", at(20, 30), 170],
  ["from its begin where nothing was acknowledged before", at(170, 180, 205), 70],
  ["from its begin to the first turn after it", at(450, 460), 350],
])("the longest pause is %s", (_, events, expected) => {
  expect(longestPause(events, span)).toBe(expected)
})

it("counts what was acknowledged within the span", () => {
  expect(acknowledgedWithin(answeredFrom(0, 1_000, 10), span)).toBe(10)
  expect(acknowledgedWithin(at(99, 100, 199, 200), span)).toBe(2)
})

it("counts each attempt that failed within the span, but none that was told to ask again", () => {
  const events = [failedAt(99), failedAt(100), failedAt(150, "broken"), failedAt(160, "told"), failedAt(200)]
  expect(failedAttempts(events, span)).toBe(2)
  expect(failedAttempts([...events, failedAt(170, "status"), failedAt(180, "timeout")], span)).toBe(4)
})

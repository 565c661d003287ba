import { expect, it } from "vitest"
import { RestartPace } from "./restart-pace.ts"

it("waits longer each time, up to five seconds, until the database has stayed up for a while", () => {
  const pace = new RestartPace()
  const pauses = Array.from({ length: 12 }, (_, index) => pace.ended(true, { now: index * 1_000 }).pause)
  expect(pauses).toEqual([20, 40, 80, 160, 320, 640, 1_280, 2_560, 5_000, 5_000, 5_000, 5_000])
  // The pause before it is not part of how long it was up.
  const steady = 10_000 + 5_000
  expect(pace.ended(true, { now: 11_000 + steady }).pause).toBe(5_000)
  expect(pace.ended(true, { now: 11_000 + 2 * steady + 1 }).pause).toBe(20)
})

it("does not take one for steady that needed long to fail", () => {
  const pace = new RestartPace()
  const pauses = Array.from({ length: 4 }, (_, index) => pace.ended(false, { now: index * 60_000 }).pause)
  expect(pauses).toEqual([20, 40, 80, 160])
})

it("leaves the first moment to whoever may claim its place, and none of it is added to longer pauses", () => {
  const pace = new RestartPace()
  const pauses = Array.from({ length: 6 }, (_, index) => pace.ended(true, { claimable: true, now: index }).pause)
  expect(pauses).toEqual([150, 150, 150, 160, 320, 640])
})

it("calls it hopeless after five starts in a row that came to nothing, and not before", () => {
  const pace = new RestartPace()
  const hopeless = (ready: boolean) => pace.ended(ready, { now: 0 }).hopeless
  expect([false, false, false, false].map(hopeless)).toEqual([false, false, false, false])
  expect(hopeless(true)).toBe(false)
  expect([false, false, false, false, false].map(hopeless)).toEqual([false, false, false, false, true])
})

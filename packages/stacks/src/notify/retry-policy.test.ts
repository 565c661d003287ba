import fc from "fast-check"
import { expect, it } from "vitest"
import { longestPause, pauseAfter, usualRetries } from "./retry-policy.ts"

it("waits longer and longer, up to an hour or so, and tries about thirty times in a day", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000 }), fc.double({ min: 0, max: 1, noNaN: true }), (attempts, random) => {
      const pause = pauseAfter(attempts, usualRetries, random)
      expect(pause).toBeGreaterThanOrEqual(0.8 * usualRetries.first)
      expect(pause).toBeLessThanOrEqual(longestPause(usualRetries))
      expect(pauseAfter(attempts + 1, usualRetries, random)).toBeGreaterThanOrEqual(pause)
    }),
  )
  let [attempts, waited] = [0, 0]
  while (waited < usualRetries.giveUpAfter) waited += pauseAfter(++attempts, usualRetries, 0.5)
  expect(attempts).toBeGreaterThan(25)
  expect(attempts).toBeLessThan(40)
})

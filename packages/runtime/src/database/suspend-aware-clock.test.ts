import { uptime } from "node:os"
import fc from "fast-check"
import { expect, test } from "vitest"
import { suspendAwareClock } from "./suspend-aware-clock.ts"

/** Milliseconds in steps of which a Linux machine tells how long ago it was booted. */
const step = 10

test("the clock never goes back, and counts what passes awake and suspended", () => {
  const passing = fc.record({ awake: fc.double({ min: 0, max: 1e6, noNaN: true }), suspended: fc.nat(1e6) })
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1e6, noNaN: true }), fc.array(passing), (booted, passed) => {
      let [awake, elapsed] = [0, 0]
      const clock = suspendAwareClock({
        monotonic: () => awake,
        sinceBoot: () => Math.floor((booted + elapsed) / step) * step,
      })
      const began = clock()
      let last = began
      for (const span of passed) {
        awake += span.awake
        elapsed += span.awake + span.suspended
        const now = clock()
        expect(now).toBeGreaterThanOrEqual(last)
        expect(Math.abs(now - began - elapsed)).toBeLessThanOrEqual(step + 1e-3)
        last = now
      }
    }),
  )
})

test("this machine's clock tells how long ago it was booted", () => {
  const clock = suspendAwareClock()
  const before = uptime() * 1_000
  expect(clock()).toBeGreaterThanOrEqual(before)
  expect(clock()).toBeLessThan(uptime() * 1_000 + 1_000)
})

import { beforeEach, expect, test } from "vitest"
import { coolDown, createPreference, type Preference } from "./preference.ts"

let clock = 0
let preference: Preference<string>
const next = (...tried: string[]) => preference.next(new Set(tried))

beforeEach(() => {
  clock = 0
  preference = createPreference(["a", "b", "c"], () => clock)
})

test("the order is kept while all is well", () => {
  expect([next(), next("a"), next("a", "b"), next("a", "b", "c")]).toEqual(["a", "b", "c", undefined])
})

test("one that failed stands aside, and is tried last", () => {
  preference.failed("a")
  expect([next(), next("b"), next("b", "c"), next("a", "b", "c")]).toEqual(["b", "c", "a", undefined])
})

test("when its cool-down is over, one request at a time tries it", () => {
  preference.failed("a")
  clock = coolDown.first - 1
  expect(next()).toBe("b")
  clock = coolDown.first
  expect([next(), next(), next()]).toEqual(["a", "b", "b"])
  clock += coolDown.first
  expect(next()).toBe("a")
})

test("a success ends it", () => {
  preference.failed("a")
  preference.succeeded("a")
  expect([next(), next()]).toEqual(["a", "a"])
})

test("failures in a row make it longer, up to a limit", () => {
  const durations = Array.from({ length: 8 }, () => {
    preference.failed("a")
    const from = clock
    while (next() !== "a") clock += 500
    return clock - from
  })
  expect(durations).toEqual([2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000])
})

test("it lasts as long as the upstream asks, up to the same limit", () => {
  preference.failed("a", 10_000)
  clock = 9_999
  expect(next()).toBe("b")
  clock = 10_000
  expect(next()).toBe("a")
  preference.failed("b", 1e9)
  clock += coolDown.longest
  expect(next("a")).toBe("b")
})

import { expect, it } from "vitest"
import { duration } from "./duration.ts"

it.each([
  [0, "0.0 s"],
  [340, "0.3 s"],
  [9_949, "9.9 s"],
  [9_960, "10 s"],
  [12_400, "12 s"],
  [119_499, "119 s"],
  [119_600, "2 min 0 s"],
  [125_000, "2 min 5 s"],
  [179_700, "3 min 0 s"],
  [3_600_000, "60 min 0 s"],
])("shows %d ms as %s", (milliseconds, shown) => {
  expect(duration(milliseconds)).toBe(shown)
})

import { expect, it } from "vitest"
import { nearestSpelling, respelled } from "./nearest-spelling.ts"

it.each([
  ["balancng", "balancing"],
  ["BodyLimit", "body-limit"],
  ["round_robin", "round-robin"],
  ["ap", "app"],
  ["kubernetes", undefined],
  ["x", undefined],
  ["", undefined],
])("takes %j for %j", (written, meant) => {
  expect(nearestSpelling(written, ["app", "balancing", "body-limit", "round-robin", "ip-hash"])).toBe(meant)
})

it("respells only to what the pattern takes", () => {
  expect(respelled("East 1", /^[a-z-]+[0-9]$/)).toBe("east-1")
  expect(respelled("3 s", /^\d+s$/)).toBe("3s")
  expect(respelled("three", /^\d+s$/)).toBeUndefined()
})

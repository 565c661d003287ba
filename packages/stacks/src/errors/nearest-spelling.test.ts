import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { nearestSpelling, respelled } from "./nearest-spelling.ts"

const keys = ["app", "balancing", "body-limit", "round-robin", "ip-hash"]
const commands = ["chat", "deploy", "destroy", "doctor", "history", "init", "logs", "open", "status", "keys create"]

describe("the nearest spelling", () => {
  it.each([
    ["balancng", "balancing"],
    ["BodyLimit", "body-limit"],
    ["round_robin", "round-robin"],
    ["ap", "app"],
    ["kubernetes", undefined],
    ["x", undefined],
    ["", undefined],
  ])("of a key to %j is %j", (written, meant) => {
    expect(nearestSpelling(written, keys)).toBe(meant)
  })

  it.each([
    ["stauts", "status"],
    ["deplyo", "deploy"],
    ["DEPLOY", "deploy"],
    ["log", "logs"],
    ["lgos", "logs"],
    ["keys creat", "keys create"],
    ["rollback", undefined],
    ["", undefined],
    ["xy", undefined],
  ])("of a command to %j is %j", (written, meant) => {
    expect(nearestSpelling(written, commands)).toBe(meant)
  })

  it("is the word itself when it is there", () => {
    fc.assert(fc.property(fc.constantFrom(...commands), word => nearestSpelling(word, commands) === word))
  })

  it("is found after any single slip in a word of six letters or more", () => {
    const slip = fc.record({
      word: fc.constantFrom("deploy", "history", "status"),
      at: fc.nat({ max: 4 }),
      letter: fc.constantFrom("q", "z"),
    })
    fc.assert(
      fc.property(slip, ({ word, at, letter }) => {
        expect(nearestSpelling(word.slice(0, at) + letter + word.slice(at + 1), commands)).toBe(word)
        expect(nearestSpelling(word.slice(0, at) + letter + word.slice(at), commands)).toBe(word)
        expect(nearestSpelling(word.slice(0, at) + word.slice(at + 1), commands)).toBe(word)
      }),
    )
  })
})

it("respells only to what the pattern takes", () => {
  expect(respelled("East 1", /^[a-z-]+[0-9]$/)).toBe("east-1")
  expect(respelled("3 s", /^\d+s$/)).toBe("3s")
  expect(respelled("three", /^\d+s$/)).toBeUndefined()
})

import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { nearestWord } from "./nearest-word.ts"

const commands = ["chat", "deploy", "destroy", "doctor", "history", "init", "logs", "open", "status", "keys create"]

describe("the nearest word", () => {
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
  ])("to %s is %s", (typed, nearest) => {
    expect(nearestWord(typed, commands)).toBe(nearest)
  })

  it("is the word itself when it is there", () => {
    fc.assert(fc.property(fc.constantFrom(...commands), word => nearestWord(word, commands) === word))
  })

  it("is found after any single slip in a word of four letters or more", () => {
    const slip = fc.record({
      word: fc.constantFrom("deploy", "history", "status"),
      at: fc.nat({ max: 4 }),
      letter: fc.constantFrom("q", "z"),
    })
    fc.assert(
      fc.property(slip, ({ word, at, letter }) => {
        expect(nearestWord(word.slice(0, at) + letter + word.slice(at + 1), commands)).toBe(word)
        expect(nearestWord(word.slice(0, at) + letter + word.slice(at), commands)).toBe(word)
        expect(nearestWord(word.slice(0, at) + word.slice(at + 1), commands)).toBe(word)
      }),
    )
  })
})

import fc from "fast-check"
import { expect, it } from "vitest"
import { ChatopsError } from "../errors/chatops-error.ts"
import { parseConfig } from "./parse-config.ts"
import type { ConfigProblem } from "./problem.ts"
import { sample } from "./testing/sample.ts"

const fragments = [
  "\t",
  "\n",
  "  ",
  "- ",
  ": ",
  "{",
  "}",
  "[",
  "]",
  "&a ",
  "*a",
  "<<: *a",
  "? ",
  "!!set ",
  "---\n",
  "'",
  '"',
  "|\n",
  "~",
  "null",
  "0",
  "-1",
  "1e999",
  ".nan",
  "__proto__: {}",
  "\r",
  "\u0000",
  "\ud800",
  "constructor: 1",
  "%YAML 1.1\n",
]
const edit = fc.record({
  at: fc.nat(sample.length),
  remove: fc.oneof(fc.constant(0), fc.nat(40)),
  insert: fc.oneof(fc.constantFrom(...fragments), fc.string({ unit: "binary", maxLength: 12 }), fc.constant("")),
})
const mutated = fc
  .array(edit, { minLength: 1, maxLength: 4 })
  .map(edits =>
    edits.reduce((text, { at, remove, insert }) => text.slice(0, at) + insert + text.slice(at + remove), sample),
  )
/** Lines moved about, as a merge conflict resolved in a hurry would. */
const shuffled = fc.shuffledSubarray(sample.split("\n"), { minLength: 5 }).map(lines => lines.join("\n"))

it("never throws anything but a coded error, whose positions lie inside the file", () => {
  fc.assert(
    fc.property(fc.oneof(mutated, shuffled, fc.string({ unit: "binary" })), text => {
      const error = thrownBy(text)
      if (error === undefined) return
      expect(error).toBeInstanceOf(ChatopsError)
      const { code, details } = error as ChatopsError
      expect(["CONFIG_INVALID", "CONFIG_SYNTAX"]).toContain(code)
      const problems = details["problems"] as readonly ConfigProblem[]
      expect(problems.length).toBeGreaterThan(0)
      const lines = text.replace(/^\uFEFF/, "").split("\n")
      for (const { line, column } of problems) {
        expect(line).toBeGreaterThanOrEqual(1)
        expect(line).toBeLessThanOrEqual(lines.length)
        expect(column).toBeGreaterThanOrEqual(1)
        expect(column).toBeLessThanOrEqual(lines[line - 1]!.length + 1)
      }
    }),
    { numRuns: 1_500 },
  )
})

function thrownBy(text: string): unknown {
  try {
    parseConfig(text)
    return undefined
  } catch (error) {
    return error
  }
}

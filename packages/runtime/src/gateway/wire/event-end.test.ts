import fc from "fast-check"
import { expect, it } from "vitest"
import { lastEventEnd } from "./event-end.ts"

it.each([
  ["", 0],
  ["data: a", 0],
  ["data: a\n", 0],
  ["data: a\n\n", 9],
  ["data: a\n\ndata: b", 9],
  ["data: a\r\n\r\n", 11],
  ["data: a\r\n", 0],
  ["data: a\r\r", 9],
  ["data: a\n\r\n", 10],
  [": ping\n\ndata: b\n\n", 17],
  ["\n", 1],
])("the last event of %j ends at %i", (text, end) => expect(lastEventEnd(Buffer.from(text))).toBe(end))

it("agrees with a reading from the front", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "\n", "\r\n", "\r", "b:") })
  fc.assert(
    fc.property(text, sample => {
      let end = 0
      let at = 0
      for (const [line, terminator] of sample.matchAll(/([^\r\n]*)(\r\n|\n|\r)/g).map(match => [match[1], match[2]])) {
        at += line!.length + terminator!.length
        if (line === "") end = at
      }
      expect(lastEventEnd(Buffer.from(sample))).toBe(end)
    }),
    { numRuns: 2_000 },
  )
})

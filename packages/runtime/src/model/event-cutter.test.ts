import fc from "fast-check"
import { expect, test } from "vitest"
import { EventCutter } from "./event-cutter.ts"
import { EventTooLargeError, ServerSentEventParser } from "./sse-parser.ts"

const bytes = (text: string) => Buffer.from(text, "utf8")

/** The pieces that come out, and last what was held back to the end. */
function cut(chunks: readonly string[]): string[] {
  const cutter = new EventCutter()
  const pieces = chunks.map(chunk => cutter.push(bytes(chunk)))
  return [...pieces, cutter.rest()].map(piece => (piece === undefined ? "" : Buffer.from(piece).toString()))
}

test.each([
  [["data: a\n\n"], ["data: a\n\n", ""]],
  [["data: a\n\ndata: b\n\n"], ["data: a\n\ndata: b\n\n", ""]],
  [["data: a\n\ndata: b"], ["data: a\n\n", "data: b"]],
  [
    ["da", "ta: a\n\nda", "ta: b\n\n"],
    ["", "data: a\n\n", "data: b\n\n", ""],
  ],
  [
    ["data: a\n", "\n"],
    ["", "data: a\n\n", ""],
  ],
  [["data: a\r\n\r\n"], ["data: a\r\n\r\n", ""]],
  [["data: a\r\n"], ["", "data: a\r\n"]],
  [
    ["data: a\r", "\n"],
    ["", "", "data: a\r\n"],
  ],
  [
    ["data: a\r", "\n", "\r", "\n"],
    ["", "", "data: a\r\n\r", "\n", ""],
  ],
  [["data: a\r\r"], ["data: a\r\r", ""]],
  [["data: a\n\r\n"], ["data: a\n\r\n", ""]],
  [["data: a\r\r\n"], ["data: a\r\r\n", ""]],
  [
    ["a\r", "\nb\r", "\n"],
    ["", "", "", "a\r\nb\r\n"],
  ],
  [
    ["data: a\n", "", "\n"],
    ["", "", "data: a\n\n", ""],
  ],
  [["\n\n"], ["\n\n", ""]],
])("%j comes out as %j", (chunks, expected) => {
  expect(cut(chunks)).toEqual(expected)
})

const piece = fc.constantFrom("data: a", "event: e", ": c", "\n", "\n", "\r\n", "\r", "\r\n\r\n", "x")
const chunks = fc.array(fc.array(piece).map(pieces => pieces.join("")))

test("all bytes come out in their order", () => {
  fc.assert(
    fc.property(chunks, chunks => {
      expect(cut(chunks).join("")).toBe(chunks.join(""))
    }),
  )
})

test("a comment put in between two pieces changes no event", () => {
  fc.assert(
    fc.property(chunks, chunks => {
      const pieces = cut(chunks)
      const last = pieces.pop() ?? ""
      const withComments = pieces.flatMap(piece => (piece === "" ? [] : [piece, ": still here\n\n"]))
      expect(parse([...withComments, last])).toEqual(parse(chunks))
    }),
    { numRuns: 3_000 },
  )
})

test("an event comes out as soon as it has ended", () => {
  fc.assert(
    fc.property(chunks, chunks => {
      const cutter = new EventCutter()
      for (const chunk of chunks) cutter.push(bytes(chunk))
      expect(parse([Buffer.from(cutter.rest() ?? []).toString()])).toEqual([])
    }),
    { numRuns: 3_000 },
  )
})

test("an event may be as long as the limit, and no longer", () => {
  const cutter = new EventCutter(100)
  for (let event = 0; event < 3; event += 1) {
    for (let chunk = 0; chunk < 10; chunk += 1) cutter.push(bytes("x".repeat(10)))
    expect(cutter.push(bytes("\n\n"))).toHaveLength(102)
  }
  cutter.push(bytes("x".repeat(100)))
  expect(() => cutter.push(bytes("x"))).toThrow(EventTooLargeError)
})

function parse(chunks: readonly string[]): string[] {
  const events: string[] = []
  const parser = new ServerSentEventParser((data, event) => events.push(`${event}|${data}`))
  for (const chunk of chunks) parser.push(bytes(chunk))
  return events
}

import fc from "fast-check"
import { expect, test } from "vitest"
import { createEventBoundary } from "./event-boundary.ts"
import { ServerSentEventParser } from "./sse-parser.ts"

const bytes = (text: string) => Buffer.from(text, "utf8")

test.each([
  [[], true],
  [["data: a\n\n"], true],
  [["data: a\n"], false],
  [["data: a\n", "\n"], true],
  [["data: a"], false],
  [["data: a\r\n\r\n"], true],
  [["data: a\r\n"], false],
  [["data: a\r", "\n"], false],
  [["data: a\r", "\n", "\r", "\n"], true],
  [["data: a\r\n\r"], true],
  [["data: a\r\r"], true],
  [["data: a\n\r\n"], true],
  [["data: a\n\n", "data: b"], false],
  [["data: a\n\n", ""], true],
  [["\n\n\n\n\n\n"], true],
  [["a\n", "b\n"], false],
  [["a\r", "\nb\r", "\n"], false],
])("after %j it is %s that an event has ended", (chunks, expected) => {
  const boundary = createEventBoundary()
  for (const chunk of chunks) boundary.push(bytes(chunk))
  expect(boundary.endsAtEventBoundary).toBe(expected)
})

test("a comment put in where it says so changes no event", () => {
  const piece = fc.constantFrom("data: a", "event: e", ": c", "\n", "\n", "\r\n", "\r", "\r\n\r\n", "x")
  fc.assert(
    fc.property(fc.array(fc.array(piece)), groups => {
      const chunks = groups.map(group => bytes(group.join("")))
      const boundary = createEventBoundary()
      const withComments = chunks.flatMap(chunk => {
        boundary.push(chunk)
        return boundary.endsAtEventBoundary ? [chunk, bytes(": still here\n\n")] : [chunk]
      })
      expect(parse(withComments)).toEqual(parse(chunks))
    }),
    { numRuns: 3_000 },
  )
})

test("it says so after every blank line", () => {
  const lineEnd = fc.constantFrom("\n", "\r\n", "\r")
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom("", "data: a", ": c"), lineEnd)), lines => {
      const boundary = createEventBoundary()
      for (const [line, end] of lines) {
        boundary.push(bytes(line))
        boundary.push(bytes(end))
      }
      const text = lines.map(parts => parts.join("")).join("")
      expect(boundary.endsAtEventBoundary).toBe(text === "" || /(^|\n|\r(?!\n))(\r\n|\n|\r)$/.test(text))
    }),
    { numRuns: 2_000 },
  )
})

function parse(chunks: readonly Uint8Array[]): string[] {
  const events: string[] = []
  const parser = new ServerSentEventParser((data, event) => events.push(`${event}|${data}`))
  for (const chunk of chunks) parser.push(chunk)
  return events
}

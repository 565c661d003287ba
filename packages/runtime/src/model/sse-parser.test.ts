import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { EventTooLargeError, ServerSentEventParser } from "./sse-parser.ts"

type Event = readonly [data: string, event: string]

function parse(chunks: readonly Uint8Array[], limit?: number): Event[] {
  const events: Event[] = []
  const parser = new ServerSentEventParser((data, event) => events.push([data, event]), limit)
  for (const chunk of chunks) parser.push(chunk)
  return events
}

const bytes = (text: string) => Buffer.from(text, "utf8")

test.each<[string, string, Event[]]>([
  ["one event", "data: a\n\n", [["a", ""]]],
  ["no space after the colon", "data:a\n\n", [["a", ""]]],
  ["only the first space is taken off", "data:  a \n\n", [[" a ", ""]]],
  ["several data lines", "data: a\ndata: b\ndata:\ndata\n\n", [["a\nb\n\n", ""]]],
  [
    "an event name",
    "event: error\ndata: a\n\ndata: b\n\n",
    [
      ["a", "error"],
      ["b", ""],
    ],
  ],
  ["an event name without data is nothing", "event: ping\n\ndata: b\n\n", [["b", ""]]],
  ["empty data is an event", "data\n\n", [["", ""]]],
  ["comments", ": hi\n\n:\ndata: a\n: data: x\n\n", [["a", ""]]],
  ["other fields", "id: 1\nretry: 5\ndatax: no\nevents: no\ndata: a\n\n", [["a", ""]]],
  [
    "CRLF",
    "event: e\r\ndata: a\r\ndata: b\r\n\r\ndata: c\r\n\r\n",
    [
      ["a\nb", "e"],
      ["c", ""],
    ],
  ],
  [
    "CR",
    "data: a\r\rdata: b\r\r",
    [
      ["a", ""],
      ["b", ""],
    ],
  ],
  [
    "a mixture of line ends",
    "data: a\r\n\ndata: b\n\r\ndata: c\r\n\r",
    [
      ["a", ""],
      ["b", ""],
      ["c", ""],
    ],
  ],
  ["a byte order mark", "\uFEFFdata: a\n\n", [["a", ""]]],
  ["a byte order mark elsewhere is text", "data: \uFEFFa\n\n", [["\uFEFFa", ""]]],
  ["an event that the end cuts off", "data: a\n\ndata: b\n", [["a", ""]]],
  ["DONE", "data: [DONE]\n\n", [["[DONE]", ""]]],
])("understands %s", (_name, text, events) => {
  expect(parse([bytes(text)])).toEqual(events)
  expect(parse([...bytes(text)].map(byte => Uint8Array.of(byte)))).toEqual(events)
})

test("puts what is not UTF-8 in as replacement characters", () => {
  expect(parse([Buffer.from([0x64, 0x61, 0x74, 0x61, 0x3a, 0xff, 0x61, 0x0a, 0x0a])])).toEqual([["\uFFFDa", ""]])
})

describe("however the bytes are cut", () => {
  const text = fc.string({ unit: fc.constantFrom("a", " ", ":", "é", "漢", "👩‍💻", "\uFEFF", '"', "data: ") })
  const lineEnd = fc.constantFrom("\n", "\r\n", "\r")
  const line = fc.oneof(
    text.map(value => `data: ${value}`),
    text.map(value => `data:${value}`),
    text.map(value => `: ${value}`),
    text.map(value => `event: ${value}`),
    fc.constant(""),
    fc.constant(""),
  )
  const stream = fc.array(fc.tuple(line, lineEnd)).map(lines => bytes(lines.map(parts => parts.join("")).join("")))
  const cuts = fc.array(fc.nat(200))

  test("the events are the same", () => {
    fc.assert(
      fc.property(stream, cuts, (whole, at) => {
        expect(parse(cut(whole, at))).toEqual(parse([whole]))
      }),
      { numRuns: 2_000 },
    )
  })

  test("they are what a plain reading of the standard gives", () => {
    fc.assert(
      fc.property(stream, cuts, (whole, at) => {
        expect(parse(cut(whole, at))).toEqual(plainReading(whole))
      }),
      { numRuns: 2_000 },
    )
  })
})

describe("bounds what it holds", () => {
  test("of a line that never ends", () => {
    expect(() => parse([bytes("data: "), ...Array.from({ length: 20 }, () => bytes("x".repeat(10)))], 100)).toThrow(
      EventTooLargeError,
    )
  })

  test("of an event that never ends", () => {
    expect(() =>
      parse(
        Array.from({ length: 20 }, () => bytes(`data: ${"x".repeat(10)}\n`)),
        100,
      ),
    ).toThrow(EventTooLargeError)
  })

  test("but not of a stream of many events", () => {
    expect(
      parse(
        Array.from({ length: 50 }, () => bytes("data: xxxxxxxx\n\n")),
        100,
      ),
    ).toHaveLength(50)
  })
})

function cut(whole: Buffer, at: readonly number[]): Buffer[] {
  const edges = [0, ...at.map(edge => Math.min(edge, whole.length)).sort((a, b) => a - b), whole.length]
  return edges.slice(1).map((edge, index) => whole.subarray(edges[index], edge))
}

/** Decodes everything at once, splits, and goes line by line. */
function plainReading(whole: Buffer): Event[] {
  const lines = whole
    .toString("utf8")
    .replace(/^\uFEFF/, "")
    .split(/\r\n|\r|\n/)
    .slice(0, -1)
  const events: Event[] = []
  let data: string[] = []
  let event = ""
  for (const line of lines) {
    if (line === "") {
      if (data.length > 0) events.push([data.join("\n"), event])
      data = []
      event = ""
      continue
    }
    const [, name, value = ""] = /^([^:]*)(?:: ?([\s\S]*))?$/.exec(line) ?? []
    if (name === "data") data.push(value)
    if (name === "event") event = value
  }
  return events
}

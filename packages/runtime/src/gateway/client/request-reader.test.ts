import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { pieces } from "../../testing/pieces.ts"
import { type RequestEvent, RequestReader } from "./request-reader.ts"

function read(parts: readonly Buffer[], bodyLimit = 10_000): RequestEvent[] {
  const reader = new RequestReader()
  const events: RequestEvent[] = []
  for (const part of parts) {
    reader.push(part)
    for (let event = reader.next(bodyLimit); event !== undefined; event = reader.next(bodyLimit)) {
      events.push(event)
      if (event.kind === "fault") return events
    }
  }
  return events
}

const body = fc.string({ maxLength: 60, unit: "binary-ascii" })
const request = fc.record({
  method: fc.constantFrom("GET", "POST", "DELETE"),
  path: fc.webPath(),
  value: fc.string({ maxLength: 20, unit: fc.constantFrom(..."abc ;=:,\t\xe9") }),
  body,
  coding: fc.constantFrom("none", "length", "chunked"),
  chunk: fc.integer({ min: 1, max: 9 }),
  before: fc.constantFrom("", "\r\n"),
})
type Sample = typeof request extends fc.Arbitrary<infer T> ? T : never

function encode(sample: Sample): string {
  const head = `${sample.before}${sample.method} ${sample.path || "/"} HTTP/1.1\r\nhost: a\r\nx-value: ${sample.value}\r\n`
  if (sample.coding === "none") return `${head}\r\n`
  if (sample.coding === "length") return `${head}content-length: ${sample.body.length}\r\n\r\n${sample.body}`
  let coded = ""
  for (let at = 0; at < sample.body.length; at += sample.chunk) {
    const chunk = sample.body.slice(at, at + sample.chunk)
    coded += `${chunk.length.toString(16)}\r\n${chunk}\r\n`
  }
  return `${head}transfer-encoding: chunked\r\n\r\n${coded}0\r\n\r\n`
}

describe("reading requests", () => {
  it("finds the same requests however the bytes are cut", () => {
    fc.assert(
      fc.property(fc.array(request, { maxLength: 5 }), fc.infiniteStream(fc.nat()), (samples, cuts) => {
        const events = read(pieces(samples.map(encode).join(""), cuts))
        const found = events.map(event =>
          event.kind === "request"
            ? { method: event.head.method, value: event.head.fields[3], body: event.body.toString("latin1") }
            : event,
        )
        const trimmed = (text: string) => text.replace(/^[ \t]+|[ \t]+$/g, "")
        expect(found).toEqual(
          samples.map(({ method, value, body, coding }) => ({
            method,
            value: trimmed(value),
            body: coding === "none" ? "" : body,
          })),
        )
      }),
    )
  })

  it("says the same about arbitrary bytes whether they come at once or one by one", () => {
    const noise = fc.string({
      unit: fc.constantFrom("\r", "\n", "\r\n", "GET", " ", "/", "HTTP/1.1", ":", "host", "0", "a"),
    })
    fc.assert(
      fc.property(noise, text => {
        const bytes = Buffer.from(text, "latin1")
        const single = [...bytes].map(byte => Buffer.from([byte]))
        const kinds = (events: RequestEvent[]) => events.map(event => event.kind)
        expect(kinds(read(single))).toEqual(kinds(read([bytes])))
      }),
      { numRuns: 500 },
    )
  })

  it.each([
    ["a declared length", "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 20\r\n\r\n"],
    ["chunks", "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n14\r\n01234567890123456789\r\n"],
  ])("refuses a body larger than the limit by %s, without waiting for the rest", (_name, text) => {
    expect(read([Buffer.from(text)], 19)).toMatchObject([{ kind: "fault", status: 413, code: "body_too_large" }])
    expect(read([Buffer.from(text)], 20)).toEqual([])
  })

  it("refuses an endless head", () => {
    const endless = Buffer.from(`GET / HTTP/1.1\r\nx: ${"a".repeat(17_000)}`)
    expect(read([endless])).toMatchObject([{ kind: "fault", status: 431 }])
  })

  it("asks for the body of a client that waits to be asked, once", () => {
    const head = Buffer.from("POST / HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n")
    expect(read([head, Buffer.from("h"), Buffer.from("i")]).map(event => event.kind)).toEqual(["continue", "request"])
    expect(read([Buffer.concat([head, Buffer.from("hi")])]).map(event => event.kind)).toEqual(["request"])
  })

  it("gathers a body of single-byte chunks into few pieces", () => {
    const text = `POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n${"1\r\nx\r\n".repeat(5_000)}0\r\n\r\n`
    expect(read([Buffer.from(text)])).toMatchObject([{ kind: "request", body: Buffer.alloc(5_000, "x") }])
  })

  it.each([
    ["a declared length", "content-length: 20000", "x", ""],
    ["chunks", "transfer-encoding: chunked", "1\r\nx\r\n", "0\r\n\r\n"],
  ])("takes no more than twice the memory of a body by %s, however small its segments", (_name, field, part, end) => {
    const reader = new RequestReader()
    reader.push(Buffer.from(`POST / HTTP/1.1\r\nhost: a\r\n${field}\r\n\r\n`))
    const grown = new Set<number>()
    let event: RequestEvent | undefined
    for (let size = 1; size <= 20_000; size++) {
      reader.push(Buffer.from(part))
      event = reader.next(1_000_000)
      if (event !== undefined) break
      expect(reader.held).toBeGreaterThanOrEqual(size)
      expect(reader.held).toBeLessThanOrEqual(Math.max(4_096, 2 * size))
      grown.add(reader.held)
    }
    if (end !== "") {
      reader.push(Buffer.from(end))
      event = reader.next(1_000_000)
    }
    expect(event).toMatchObject({ kind: "request", body: Buffer.alloc(20_000, "x") })
    expect([reader.held, reader.buffered]).toEqual([0, 0])
    // Grown a few times, not once a segment.
    expect(grown.size).toBeLessThan(6)
  })
})

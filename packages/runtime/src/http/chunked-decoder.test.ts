import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { pieces } from "../testing/pieces.ts"
import { ChunkedDecoder } from "./chunked-decoder.ts"

function decode(parts: readonly Buffer[]) {
  const decoder = new ChunkedDecoder()
  const content: Buffer[] = []
  let rest = ""
  for (const part of parts) {
    if (decoder.done) {
      rest += part.toString("latin1")
      continue
    }
    const end = decoder.read(part, 0, (from, to) => content.push(part.subarray(from, to)))
    if (end < 0) return { broken: true } as const
    rest += part.subarray(end).toString("latin1")
  }
  return { broken: false, content: Buffer.concat(content).toString("latin1"), rest, done: decoder.done } as const
}

describe("the chunked coding", () => {
  it("comes off however the bytes are cut", () => {
    const chunk = fc.string({ minLength: 1, maxLength: 40, unit: "binary-ascii" })
    const extension = fc.constantFrom("", ";a", ' ; a="b"')
    const trailers = fc.constantFrom("", "x-a: 1\r\n", "x-a: 1\r\nx-b:\r\n")
    fc.assert(
      fc.property(fc.array(fc.tuple(chunk, extension)), trailers, fc.infiniteStream(fc.nat()), (chunks, end, cuts) => {
        const coded = chunks.map(([text, more]) => `${text.length.toString(16)}${more}\r\n${text}\r\n`).join("")
        const result = decode(pieces(`${coded}0\r\n${end}\r\nNEXT`, cuts))
        const content = chunks.map(([text]) => text).join("")
        expect(result).toEqual({ broken: false, content, rest: "NEXT", done: true })
      }),
    )
  })

  it.each([
    ["no size", "\r\nabc"],
    ["a size with a sign", "+3\r\nabc\r\n"],
    ["a size with a prefix", "0x3\r\nabc\r\n"],
    ["a size with a space before", " 3\r\nabc\r\n"],
    ["a size of nine digits", "000000003\r\nabc\r\n"],
    ["a size line ended by LF", "3\nabc\r\n"],
    ["content that is longer than said", "3\r\nabcd\r\n0\r\n\r\n"],
    ["content that is followed by LF", "3\r\nabc\n0\r\n\r\n"],
    ["a bare CR in an extension", "3;a\rb\r\nabc\r\n"],
    ["an endless extension", `3;${"a".repeat(5_000)}`],
    ["endless trailers", `0\r\n${"a: b\r\n".repeat(1_000)}`],
    ["a trailer that is no header", "0\r\nnonsense\r\n\r\n"],
  ])("is refused with %s", (_name, text) => {
    expect(decode([Buffer.from(text, "latin1")]).broken).toBe(true)
  })
})

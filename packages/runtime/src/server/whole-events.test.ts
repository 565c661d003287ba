import fc from "fast-check"
import { expect, test } from "vitest"
import { endOfLastEvent, wholeEvents } from "./whole-events.ts"

const lineEnd = fc.constantFrom("\n", "\r\n", "\r")
const stream = fc
  .tuple(
    lineEnd,
    fc.array(fc.array(fc.stringMatching(/^[a-z: ]{1,8}$/), { minLength: 1, maxLength: 3 }), { maxLength: 6 }),
  )
  .map(([end, events]) => Buffer.from(events.map(lines => lines.map(line => line + end).join("") + end).join("")))

async function* inPieces(bytes: Buffer, cuts: readonly number[]) {
  let from = 0
  for (const cut of [...cuts.map(cut => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b)) {
    yield bytes.subarray(from, cut)
    from = cut
  }
}

test("a stream in any pieces comes out unchanged, and every piece ends between two events", async () => {
  await fc.assert(
    fc.asyncProperty(stream, fc.array(fc.nat(200)), async (bytes, cuts) => {
      const pieces: Uint8Array[] = []
      for await (const piece of wholeEvents(inPieces(bytes, cuts))) pieces.push(piece)
      expect(Buffer.concat(pieces)).toEqual(bytes)
      for (const piece of pieces) expect(endOfLastEvent(piece)).toBe(piece.length)
    }),
  )
})

test("an event without an end is passed on when the stream ends, and dropped when it breaks", async () => {
  async function* broken(error?: Error) {
    yield Buffer.from("data: 1\n\ndata: 2")
    if (error !== undefined) throw error
  }
  let whole = ""
  for await (const piece of wholeEvents(broken())) whole += Buffer.from(piece).toString()
  expect(whole).toBe("data: 1\n\ndata: 2")
  const seen: string[] = []
  const read = async () => {
    for await (const piece of wholeEvents(broken(new Error("cut")))) seen.push(Buffer.from(piece).toString())
  }
  await expect(read()).rejects.toThrow("cut")
  expect(seen).toEqual(["data: 1\n\n"])
})

import fc from "fast-check"
import { expect, test } from "vitest"
import { formatCommitPosition, parseCommitPosition } from "./commit-position.ts"
import { header } from "./headers.ts"

test("a position is read from the header and from the stream's comment", () => {
  const half = fc.nat(0xffffffff).map(number => number.toString(16).toUpperCase())
  const position = fc.record({
    epoch: fc.integer({ min: 1 }),
    timeline: fc.integer({ min: 1, max: 0xffffffff }),
    lsn: fc.tuple(half, half).map(halves => halves.join("/")),
  })
  fc.assert(
    fc.property(position, written => {
      const text = formatCommitPosition(written)
      expect(parseCommitPosition(text)).toEqual(written)
      expect(parseCommitPosition(`: ${header.commit}: ${text}`)).toEqual(written)
    }),
  )
  expect(formatCommitPosition({ epoch: 3, timeline: 2, lsn: "0/16B3748" })).toBe("epoch=3 timeline=2 lsn=0/16B3748")
})

test.each([
  "",
  ": keep-alive",
  "epoch=3",
  "epoch=3 timeline=2 lsn=",
  ": x-chatops-other: epoch=3 timeline=2 lsn=0/1",
  "data: epoch=3 timeline=2 lsn=0/1",
])("%j is none", text => {
  expect(parseCommitPosition(text)).toBeUndefined()
})

import { expect, it } from "vitest"
import { parseCommitPosition, positionInComment } from "./commit-position.ts"

const position = { epoch: 3, timeline: 2, lsn: "0/16B3748" }

it.each([
  ["epoch=3 timeline=2 lsn=0/16B3748", position],
  [" epoch=3 timeline=2 lsn=0/16B3748 ", position],
  ["epoch=3 timeline=2", undefined],
  ["epoch=0 timeline=2 lsn=0/1", undefined],
  ["epoch=0x3 timeline=2 lsn=0/1", undefined],
  ["epoch=3 timeline=2 lsn=16B3748", undefined],
  ["", undefined],
  [undefined, undefined],
])("reads %j", (text, expected) => {
  expect(parseCommitPosition(text)).toEqual(expected)
})

it("is read from the comment of that name only", () => {
  expect(positionInComment(" x-chatops-commit: epoch=3 timeline=2 lsn=0/16B3748")).toEqual(position)
  expect(positionInComment("x-chatops-commit: epoch=3 timeline=2 lsn=0/16B3748")).toEqual(position)
  expect(positionInComment("keep-alive")).toBeUndefined()
  expect(positionInComment("x-other: epoch=3 timeline=2 lsn=0/16B3748")).toBeUndefined()
})

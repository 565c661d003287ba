import { join } from "node:path"
import { expect, it } from "vitest"
import { scratchDirectory } from "../../../testing/scratch-directory.ts"
import { PolicyWish } from "./policy-wish.ts"

const async = { durability: "async", onLoss: "degrade", lease: 2_000 } as const
const zeroLoss = { durability: "zero-loss", onLoss: "degrade", lease: 2_000 } as const

it("is pending from when it is given until it is settled, across restarts", async () => {
  const file = join(scratchDirectory(), "policy.json")
  const wish = await PolicyWish.open(file)
  expect(wish.pending).toBeUndefined()
  await wish.give(async)
  expect((await PolicyWish.open(file)).pending).toEqual(async)
  await wish.settle()
  expect((await PolicyWish.open(file)).pending).toBeUndefined()
})

it("is no news when the same is given again, and is when another is", async () => {
  const file = join(scratchDirectory(), "policy.json")
  const wish = await PolicyWish.open(file)
  await wish.give(async)
  await wish.settle()
  const reopened = await PolicyWish.open(file)
  await reopened.give(async)
  expect(reopened.pending).toBeUndefined()
  await reopened.give(zeroLoss)
  expect(reopened.pending).toEqual(zeroLoss)
})

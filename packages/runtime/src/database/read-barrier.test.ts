import { expect, test } from "vitest"
import { Confirmations } from "./confirmations.ts"
import { DatabaseUnavailable, SessionLost } from "./database-error.ts"
import { ReadBarrier } from "./read-barrier.ts"

/** A primary whose commits are confirmed when the test says so. */
function fakePrimary() {
  const waiting: { readonly confirm: () => void; readonly fail: (error: Error) => void }[] = []
  const primary = {
    now: 0,
    begun: 0,
    /** Ends the commit that waits. */
    confirm: () => waiting.shift()?.confirm(),
    fail: (error: Error) => waiting.shift()?.fail(error),
  }
  const confirmations = new Confirmations({ maxStaleness: 1_000, now: () => primary.now })
  const barrier = new ReadBarrier(confirmations, () => {
    primary.begun += 1
    const asked = confirmations.ask()
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const confirm = () => {
      confirmations.confirm(asked)
      resolve()
    }
    waiting.push({ confirm, fail: reject })
    return promise
  })
  return { primary, confirmations, barrier }
}

test("who comes while a commit is under way waits for it, and for another when that one is too old by then", async () => {
  const { primary, barrier } = fakePrimary()
  const first = barrier.pass("recent", 5_000)
  const later = [barrier.pass("recent", 5_000), barrier.pass("recent", 5_000), barrier.pass("confirmed", 5_000)]
  expect(primary.begun).toBe(1)
  primary.now = 1_000
  primary.confirm()
  // Asked for after its read, and so enough, however long it took.
  await first
  expect(primary.begun).toBe(2)
  primary.confirm()
  await Promise.all(later)
  expect(primary.begun).toBe(2)
})

test("a commit that was asked for before a doubt is not enough, and one for who came before it is", async () => {
  const { primary, confirmations, barrier } = fakePrimary()
  const before = barrier.pass("recent", 5_000)
  confirmations.doubt()
  const after = barrier.pass("recent", 5_000)
  primary.confirm()
  await before
  expect(primary.begun).toBe(2)
  primary.confirm()
  await after
  await barrier.pass("recent", 5_000)
  expect(primary.begun).toBe(2)
})

test("a failed commit and the end of the primary reach all that wait; the next begins anew, or is refused", async () => {
  const { primary, barrier } = fakePrimary()
  const lost = new SessionLost("lost", { refused: false })
  const outcomes = (count: number) =>
    Promise.all(Array.from({ length: count }, () => barrier.pass("recent", 5_000).catch(error => error)))
  const failed = outcomes(2)
  primary.fail(lost)
  expect(await failed).toEqual([lost, lost])
  const ended = outcomes(2)
  expect(primary.begun).toBe(2)
  barrier.end(lost)
  expect(await ended).toEqual([lost, lost])
  expect(await outcomes(1)).toEqual([lost])
})

test("nobody waits longer than told, and the commit is there for others", async () => {
  const { primary, barrier } = fakePrimary()
  await expect(barrier.pass("recent", 1)).rejects.toBeInstanceOf(DatabaseUnavailable)
  const patient = barrier.pass("recent", 5_000)
  primary.confirm()
  await patient
  expect(primary.begun).toBe(1)
})

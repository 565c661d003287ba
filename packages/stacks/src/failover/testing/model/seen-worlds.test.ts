import { expect, it } from "vitest"
import { movesOf } from "./explore.ts"
import { regionsAtWork, twoRegions } from "./initial-worlds.ts"
import { SeenWorlds } from "./seen-worlds.ts"
import { nothing, type World } from "./world.ts"

/** Every world that this one can come to, each once, by its text; calls `came` with each move's. */
function reached(from: World, came: (to: World, isNew: boolean) => void = () => undefined): World[] {
  const texts = new Set([JSON.stringify(from)])
  const worlds = [from]
  for (const world of worlds)
    for (const { to } of movesOf(world)) {
      const text = JSON.stringify(to)
      came(to, !texts.has(text))
      if (!texts.has(text)) worlds.push(to)
      texts.add(text)
    }
  return worlds
}

const ofAnOldWitness = (world: World): World => ({ ...world, backup: world.register })

it.each([
  ["two regions", twoRegions({ ...nothing, commits: 1, losses: 1 })],
  ["two that lose disks, and the witness its register", ofAnOldWitness(twoRegions({ ...nothing, disks: 1 }))],
  ["three regions", regionsAtWork(["west", "north"], { ...nothing, yields: 1 }, { inSync: true, justNow: true })],
])("tells worlds apart as their texts do: of %s", (_, from) => {
  const seen = new SeenWorlds()
  expect(seen.add(from)).toEqual(from)
  const worlds = reached(from, (to, isNew) => expect(seen.add(to)).toEqual(isNew ? to : undefined))
  expect(worlds.length).toBeGreaterThan(1_000)
})

it("lets nobody take one write for another, by names that are used again", () => {
  const names = new Set<string>()
  for (const { net, supervisors, register } of reached(twoRegions({ ...nothing, crashes: 2, claims: 1 }))) {
    const pending = Object.values(supervisors).flatMap(({ pending }) => pending ?? [])
    const writes = new Map<string, unknown>()
    for (const { next } of [...net, ...pending]) {
      expect(writes.get(next.nonce) ?? next).toEqual(next)
      if (next.nonce === register.nonce) expect(next).toEqual(register)
      writes.set(next.nonce, next)
      names.add(next.nonce)
    }
  }
  expect(names.size).toBeGreaterThan(3)
})

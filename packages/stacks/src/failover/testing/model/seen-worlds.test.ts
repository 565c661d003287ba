import { expect, it } from "vitest"
import { regionsAtWork, twoRegions, whoseWitnessGoesBack } from "./initial-worlds.ts"
import { reachedWorlds } from "./reached-worlds.ts"
import { SeenWorlds } from "./seen-worlds.ts"
import { nothing } from "./world.ts"

it.each([
  ["two regions", twoRegions({ ...nothing, commits: 1, losses: 1 })],
  ["two that lose disks, and the witness its register", whoseWitnessGoesBack(twoRegions({ ...nothing, disks: 1 }))],
  ["three regions", regionsAtWork(["west", "north"], { ...nothing, yields: 1 }, { inSync: true, justNow: true })],
])("tells worlds apart as their texts do: of %s", (_, from) => {
  const seen = new SeenWorlds()
  expect(seen.add(from)).toEqual(from)
  const worlds = reachedWorlds(from, (to, isNew) => expect(seen.add(to)).toEqual(isNew ? to : undefined))
  expect(worlds.length).toBeGreaterThan(1_000)
})

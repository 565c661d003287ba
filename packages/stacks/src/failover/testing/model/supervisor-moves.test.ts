import { expect, it } from "vitest"
import { twoRegions, whoseWitnessGoesBack } from "./initial-worlds.ts"
import { reachedWorlds } from "./reached-worlds.ts"
import { nothing, type World } from "./world.ts"

it("lets nobody take one write for another, by names that are used again", () => {
  const names = new Set<string>()
  for (const { net, supervisors, register } of reachedWorlds(twoRegions({ ...nothing, crashes: 2, claims: 1 }))) {
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

it("drops writes that can only be refused, and none that a witness which goes back may still take", () => {
  const blocking = twoRegions({ ...nothing, crashes: 1, claims: 1 }, { inSync: true, onLoss: "block" })
  const isLate = ({ net, register }: World) => net.some(({ base }) => base.version < register.version)
  expect(reachedWorlds(blocking).filter(isLate)).toEqual([])
  expect(reachedWorlds(whoseWitnessGoesBack(blocking)).some(isLate)).toBe(true)
})

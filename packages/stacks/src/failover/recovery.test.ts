import type { Register } from "@chatops/runtime/contract"
import fc from "fast-check"
import { expect, it } from "vitest"
import { type RegionMemory, recoveredRegister } from "./recovery.ts"

const promise = { durability: "zero-loss", onLoss: "degrade", lease: 2_000 } as const
const register = (epoch: number, version: number) =>
  ({
    ...promise,
    epoch,
    version,
    primary: "east",
    incarnation: "e0",
    inSync: null,
    claim: "in-sync",
    nonce: "n",
  }) as Register
const dataOf = (region: string, kind: string) => ({ kind: kind as "primary", incarnation: `${region}-data` })
const memory = (
  region: string,
  epoch: number,
  version: number,
  led: number | null,
  kind = "primary",
): RegionMemory => ({
  region,
  seen: { epoch, version },
  data: dataOf(region, kind),
  led,
  problem: null,
})
const east = memory("east", 3, 20, 1, "standby")
const west = memory("west", 3, 21, 3)
const recovered = (
  memories: readonly RegionMemory[],
  wish: Parameters<typeof recoveredRegister>[1] = {},
  left: Register | null = register(1, 4),
) => recoveredRegister({ register: left, memories, promise }, wish, "new")

it("names whoever led the last epoch, above everything that anybody has seen, with nobody in sync", () => {
  const wanted = { epoch: 4, version: 22, primary: "west", incarnation: "west-data", inSync: null, claim: "in-sync" }
  expect(recovered([east, west])).toEqual({
    doubt: null,
    wentBack: true,
    register: { ...promise, ...wanted, nonce: "new" },
  })
  expect(recovered([east, west], {}, null)?.register).toMatchObject(wanted)
})

it("promises what the environment does, and not what an older register did", () => {
  const older = { ...register(1, 4), durability: "async", lease: null } as const
  expect(recovered([east, west], {}, older)?.register).toMatchObject(promise)
})

it("has nothing to say where the register is as new as anybody remembers", () => {
  expect(recovered([east, west], {}, register(3, 21))).toBeUndefined()
  expect(recovered([east, west], {}, register(4, 30))).toBeUndefined()
})

it("gives up who is named only by force, and for another region", () => {
  const current = register(3, 21)
  expect(recovered([east, west], { force: true }, { ...current, primary: "west" })).toBeUndefined()
  expect(recovered([east, west], { to: "east" }, { ...current, primary: "west" })).toBeUndefined()
  expect(recovered([east, west], { to: "east", force: true }, { ...current, primary: "west" })).toMatchObject({
    wentBack: false,
    doubt: expect.stringMatching(/^west was primary last/),
    register: { epoch: 4, version: 22, primary: "east", claim: "forced" },
  })
})

it.each([
  ["a region remembers nothing", [east, { ...west, seen: null, led: null }], {}, /west: nothing is there/],
  ["a region cannot be read", [east, { ...west, problem: "EIO", led: null }], {}, /west: EIO/],
  ["another was primary last", [east, west], { to: "east" }, /^west was primary last/],
  ["nobody's data have led the last epoch", [east, { ...west, led: null }], {}, /seen epoch 3, and no region's data/],
  [
    "a disk was emptied",
    [east, { ...west, data: { kind: "none" }, led: null }],
    {},
    /seen epoch 3, and no region's data/,
  ],
] as const)("wants force where %s, and says so in the register", (_what, memories, wish, words) => {
  expect(() => recovered(memories, wish)).toThrow(words)
  const forced = recovered(memories, { ...wish, force: true })
  expect(forced?.register).toMatchObject({ primary: "east", claim: "forced", incarnation: "east-data" })
  expect(forced?.doubt).toMatch(words)
})

it("wants force where who the older register names may have served again under it", () => {
  const served = memory("east", 1, 4, 1, "primary")
  expect(() => recovered([served, west])).toThrow(/^east, whom the older register names, may have served again/)
  expect(recovered([served, west], { force: true })?.register).toMatchObject({ primary: "west", claim: "forced" })
  expect(recovered([served, west], {}, null)?.doubt).toBeNull()
})

it.each([
  ["no region has led", [memory("east", 2, 9, null, "standby")], {}],
  ["the one that is asked for has no data", [east, { ...west, data: { kind: "none" } as const }], { to: "west" }],
] as const)("cannot, by force either, where %s", (_what, memories, wish) => {
  expect(() => recovered(memories, { ...wish, force: true })).toThrow(/has data of a primary/)
})

/** Whatever is remembered: without a doubt the named region led the last epoch that anybody has seen. */
it("never is without doubt about another than who led the last epoch that was seen", () => {
  const number = fc.integer({ min: 1, max: 4 })
  const drawn = (region: string) =>
    fc.record({
      region: fc.constant(region),
      seen: fc.option(fc.record({ epoch: number, version: number })),
      data: fc.constantFrom({ kind: "none" } as const, ...["primary", "standby"].map(kind => dataOf(region, kind))),
      led: fc.option(number),
      problem: fc.option(fc.constant("EIO"), { freq: 8 }),
    })
  const memories = fc.tuple(drawn("east"), drawn("west"), drawn("north"))
  fc.assert(
    fc.property(memories, fc.option(fc.tuple(number, number)), (known, left) => {
      const found = () => recovered(known, {}, left && register(...left))
      const outcome = (() => {
        try {
          return found()
        } catch {
          return undefined
        }
      })()
      if (outcome === undefined || outcome.doubt !== null) return
      const { primary, epoch } = outcome.register
      const highest = Math.max(left?.[0] ?? 0, ...known.map(({ seen }) => seen?.epoch ?? 0))
      expect([epoch, known.find(({ region }) => region === primary)?.led]).toEqual([highest + 1, highest])
      expect(known.every(({ seen, problem }) => seen !== null && problem === null)).toBe(true)
    }),
    { numRuns: 2_000 },
  )
})

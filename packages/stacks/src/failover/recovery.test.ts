import type { Register } from "@chatops/runtime/contract"
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
const memory = (
  region: string,
  epoch: number,
  version: number,
  led: number | null,
  kind = "primary",
): RegionMemory => ({
  region,
  seen: { epoch, version },
  data: { kind: kind as "primary", incarnation: `${region}-data` },
  led,
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

it("goes back to who led before a claim that came to nothing", () => {
  const claimant = memory("west", 2, 9, null, "standby")
  expect(recovered([memory("east", 1, 8, 1), claimant])?.register).toMatchObject({ epoch: 3, primary: "east" })
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
  ["a region remembers nothing", [east, { ...west, seen: null, led: null }], {}, /^west remembers nothing/],
  ["another was primary last", [east, west], { to: "east" }, /^west was primary last/],
] as const)("wants force where %s, and says so in the register", (_what, memories, wish, words) => {
  expect(() => recovered(memories, wish)).toThrow(words)
  const forced = recovered(memories, { ...wish, force: true })
  expect(forced?.register).toMatchObject({ primary: "east", claim: "forced", incarnation: "east-data" })
  expect(forced?.doubt).toMatch(words)
})

it.each([
  ["no region has led", [memory("east", 2, 9, null, "standby")], {}],
  ["the one that is asked for has no data", [east, { ...west, data: { kind: "none" } as const }], { to: "west" }],
] as const)("cannot, by force either, where %s", (_what, memories, wish) => {
  expect(() => recovered(memories, { ...wish, force: true })).toThrow(/has data of a primary/)
})

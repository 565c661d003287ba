import type { Register } from "@chatops/runtime/contract"
import { expect, it } from "vitest"
import { towardsPolicy } from "./policy.ts"
import type { Policy } from "./supervisor.ts"

const west = { region: "west", incarnation: "w0" }
const [async, degrade, block] = [
  { durability: "async", onLoss: "degrade" },
  { durability: "zero-loss", onLoss: "degrade" },
  { durability: "zero-loss", onLoss: "block" },
] as const satisfies Policy[]

const register = (change: Partial<Register>): Register => ({
  epoch: 1,
  primary: "east",
  incarnation: "e0",
  inSync: null,
  lease: 2_000,
  claim: "in-sync",
  version: 1,
  nonce: "n",
  ...degrade,
  ...change,
})

it.each([
  ["async, which waits for nobody", { ...degrade, inSync: west }, async, { ...async, inSync: null }],
  ["zero-loss: regions join by themselves", async, degrade, degrade],
  ["block, once a region is in sync", { ...degrade, inSync: west }, block, block],
  ["degrade, at once", block, degrade, degrade],
  ["block, but not before a region is in sync", degrade, block, undefined],
  ["block from async, by way of degrade", async, block, degrade],
  ["what is there", { ...block, inSync: west }, block, undefined],
])("goes to %s", (_what, from, policy, to) => {
  expect(towardsPolicy(register(from), policy)).toEqual(to)
})

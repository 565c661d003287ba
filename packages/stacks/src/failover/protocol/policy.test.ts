import type { Register } from "@chatops/runtime/contract"
import { expect, it } from "vitest"
import { towardsPolicy } from "./policy.ts"
import type { Policy } from "./supervisor.ts"

const west = { region: "west", incarnation: "w0" }
const [async, degrade, block] = [
  { durability: "async", onLoss: "degrade", lease: 2_000 },
  { durability: "zero-loss", onLoss: "degrade", lease: 2_000 },
  { durability: "zero-loss", onLoss: "block", lease: 2_000 },
] as const satisfies Policy[]

const register = (change: Partial<Register>): Register => ({
  epoch: 1,
  primary: "east",
  incarnation: "e0",
  inSync: null,
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
  ["a lease, once there is a second region", { ...async, lease: null }, async, { ...async, inSync: null }],
  [
    "a longer lease, and never a shorter one",
    async,
    { ...async, lease: 3_000 },
    { ...async, lease: 3_000, inSync: null },
  ],
  ["a shorter lease", async, { ...async, lease: 1_000 }, undefined],
  ["no lease, which is not asked for", async, { ...async, lease: null }, undefined],
  ["what is there", { ...block, inSync: west }, block, undefined],
])("goes to %s", (_what, from, policy, to) => {
  expect(towardsPolicy(register(from), policy)).toEqual(to)
})

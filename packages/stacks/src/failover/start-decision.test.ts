import type { Register } from "@chatops/runtime/contract"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { decideStart, type LocalData } from "./start-decision.ts"

const register = (change: Partial<Register> = {}): Register => ({
  epoch: 1,
  primary: "east",
  incarnation: "i1",
  inSync: null,
  durability: "async",
  onLoss: "degrade",
  lease: 2_000,
  claim: "in-sync",
  version: 2,
  nonce: "n",
  ...change,
})

describe("a region that the witness names primary", () => {
  it("creates the database when the environment never had one", () => {
    expect(decideStart("east", register({ incarnation: null }), { kind: "none" })).toEqual({ action: "initialise" })
  })

  it("goes on with a first start that was interrupted before its incarnation was announced", () => {
    const decision = decideStart("east", register({ incarnation: null }), { kind: "primary", incarnation: "i1" })
    expect(decision).toEqual({ action: "lead", announce: true })
  })

  it("leads with the data that the witness knows", () => {
    const decision = decideStart("east", register(), { kind: "primary", incarnation: "i1" })
    expect(decision).toEqual({ action: "lead", announce: false })
  })

  it.each<LocalData>([
    { kind: "none" },
    { kind: "primary", incarnation: "i2" },
    { kind: "standby", incarnation: "i1" },
  ])("refuses to serve or to begin anew with %o", data => {
    expect(decideStart("east", register(), data)).toMatchObject({ action: "refuse", code: "DATABASE_LOST" })
  })
})

describe("a region that is not primary", () => {
  it("copies the primary when it has nothing", () => {
    expect(decideStart("west", register(), { kind: "none" })).toEqual({ action: "copy" })
  })

  it("follows with a standby's data", () => {
    expect(decideStart("west", register(), { kind: "standby", incarnation: "i9" })).toEqual({ action: "follow" })
  })

  it("stays closed with a former primary's data", () => {
    const decision = decideStart("west", register({ epoch: 3 }), { kind: "primary", incarnation: "i9" })
    expect(decision).toMatchObject({ action: "refuse", code: "REGION_SUPERSEDED" })
  })
})

it("never creates or copies a database over data of any kind", () => {
  const data = fc.record({
    kind: fc.constantFrom("primary" as const, "standby" as const),
    incarnation: fc.constantFrom("i1", "i2"),
  })
  const incarnation = fc.constantFrom(null, "i1", "i2")
  fc.assert(
    fc.property(fc.constantFrom("east", "west"), incarnation, data, (self, incarnation, found) => {
      expect(decideStart(self, register({ incarnation }), found).action).not.toMatch(/initialise|copy/)
    }),
  )
})

it("never creates a database once any incarnation was announced, and leads only with that one", () => {
  const data = fc.oneof(
    fc.constant<LocalData>({ kind: "none" }),
    fc.record({
      kind: fc.constantFrom("primary" as const, "standby" as const),
      incarnation: fc.constantFrom("i1", "i2"),
    }),
  )
  fc.assert(
    fc.property(fc.constantFrom("east", "west"), fc.constantFrom("i1", "i2"), data, (self, incarnation, found) => {
      const decision = decideStart(self, register({ incarnation }), found)
      expect(decision.action).not.toBe("initialise")
      if (decision.action === "lead") expect([self, found]).toEqual(["east", { kind: "primary", incarnation }])
    }),
  )
})

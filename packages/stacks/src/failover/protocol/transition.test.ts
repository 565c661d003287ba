import type { Register } from "@chatops/runtime/contract"
import { describe, expect, it } from "vitest"
import type { Event, Supervisor } from "./supervisor.ts"
import { transition } from "./transition.ts"

const register = (change: Partial<Register> = {}): Register => ({
  epoch: 2,
  primary: "east",
  incarnation: "e0",
  inSync: null,
  durability: "zero-loss",
  onLoss: "degrade",
  lease: 2_000,
  claim: "in-sync",
  version: 5,
  nonce: "n5",
  ...change,
})

const supervisor = (change: Partial<Supervisor> = {}): Supervisor => ({
  self: "east",
  phase: { at: "starting" },
  data: { kind: "primary", incarnation: "e0" },
  register: null,
  seen: { epoch: 1, version: 1 },
  task: null,
  pending: null,
  reading: true,
  ...change,
})

const leading = (known: Register, change: Partial<Supervisor> = {}): Supervisor =>
  supervisor({ phase: { at: "leading", door: "open", change: null }, register: known, reading: false, ...change })
const west = { region: "west", incarnation: "w0" }

function after(from: Supervisor, ...events: Event[]): Supervisor {
  return events.reduce((state, event, at) => transition(state, event, `nonce-${at}`), from)
}

describe("memory", () => {
  it.each([
    ["version", register({ version: 4 })],
    ["epoch", register({ version: 6, epoch: 1 })],
  ])("closes a region to whom the witness shows a lower %s than it has seen", (_what, restored) => {
    const seen = { epoch: 2, version: 5 }
    const closed = after(leading(register(), { seen }), { event: "read", register: restored })
    expect(closed).toMatchObject({ phase: { at: "closed", reason: "witness-went-back" }, task: { task: "stop" }, seen })
    expect(after(closed, { event: "claim-asked" }, { event: "standby-streams", standby: west }).pending).toBeNull()
  })

  it("remembers the highest that it was shown, by whatever way", () => {
    const { seen } = after(supervisor(), { event: "read", register: register() })
    expect(seen).toEqual({ epoch: 2, version: 5 })
  })
})

describe("a region's directory that the witness lists", () => {
  const listed = register({ primary: "east", inSync: west })
  const following = supervisor({
    self: "west",
    phase: { at: "following", primary: "east" },
    data: { kind: "standby", incarnation: "w0" },
    register: listed,
  })

  it("is not wiped though it can never stream again, until it has left", () => {
    const stuck = after(following, { event: "diverged" })
    expect(stuck).toMatchObject({ phase: { at: "stuck" }, task: null })
    const left = after(stuck, { event: "read", register: register({ version: 6 }) })
    expect(left).toMatchObject({ phase: { at: "becoming-standby" }, task: { task: "copy", primary: "east" } })
  })

  it("may claim, and another of the same region may not", () => {
    const ask: Event[] = [{ event: "claim-asked" }, { event: "read", register: listed }]
    expect(after(following, ...ask).pending?.next).toMatchObject({
      epoch: 3,
      primary: "west",
      incarnation: "w0",
      inSync: null,
      version: 6,
    })
    const rebuilt = { ...following, data: { kind: "standby", incarnation: "w1" } as const }
    expect(after(rebuilt, ...ask)).toMatchObject({ phase: { at: "following", primary: "east" }, pending: null })
  })
})

describe("what the register says about durability", () => {
  const streams: Event = { event: "standby-streams", standby: west }

  it("makes a primary bring a standby into sync", () => {
    expect(after(leading(register()), streams).task).toEqual({ task: "wait-for", waitFor: "gate" })
  })

  it("lets it be where nobody is to wait", () => {
    expect(after(leading(register({ durability: "async" })), streams).task).toBeNull()
  })

  it("keeps a primary waiting for a lost standby where it must not go on alone", () => {
    const guarded = leading(register({ inSync: west, onLoss: "block" }))
    expect(after(guarded, { event: "standby-lost" })).toEqual(guarded)
  })

  it("keeps a primary shut that nobody can confirm, until somebody does", () => {
    const named = register({ onLoss: "block" })
    const started = after(
      supervisor(),
      { event: "read", register: named },
      { event: "written", register: { ...named, version: 6 } },
    )
    expect(started.task).toEqual({ task: "start", waitFor: "gate" })
    const shut = after(started, { event: "done", data: started.data })
    expect(shut).toMatchObject({ phase: { at: "leading", door: "shut" }, task: null })
    expect(after(shut, streams).task).toEqual({ task: "wait-for", waitFor: "gate" })
  })
})

it("stops a primary that hears of another", () => {
  const taken = register({ epoch: 3, primary: "west", incarnation: "w0", version: 6 })
  expect(after(leading(register()), { event: "read", register: taken })).toMatchObject({
    phase: { at: "stopping" },
    task: { task: "stop" },
    pending: null,
  })
})

it("finishes a claim that was written before its region died", () => {
  const standby = supervisor({ self: "west", data: { kind: "standby", incarnation: "w0" } })
  const claimed = register({ epoch: 3, primary: "west", incarnation: "w0", version: 6 })
  expect(after(standby, { event: "read", register: claimed })).toMatchObject({
    phase: { at: "promoting" },
    task: { task: "promote", waitFor: "nobody" },
  })
})

it("forces nobody past another region that is in sync, whose confirmations no lease would end", () => {
  const north: Supervisor = supervisor({
    ...{ self: "north", phase: { at: "following", primary: "east" } },
    data: { kind: "standby", incarnation: "n0" },
  })
  const asked = (inSync: Register["inSync"]) =>
    after(north, { event: "claim-asked", force: true }, { event: "read", register: register({ inSync, lease: 2_000 }) })
  expect(asked(west)).toMatchObject({ phase: { at: "following" }, pending: null })
  expect(asked(null)).toMatchObject({ phase: { at: "claiming" }, pending: { next: { claim: "forced" } } })
})

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
    const stuck = after(following, { event: "unusable" })
    expect(stuck).toMatchObject({ phase: { at: "stuck" }, task: null })
    const left = after(stuck, { event: "read", register: register({ version: 6 }) })
    expect(left).toMatchObject({ phase: { at: "becoming-standby" }, task: { task: "copy", primary: "east" } })
  })

  it("is not wiped though PostgreSQL does not start with it", () => {
    const starting = after({ ...following, phase: { at: "becoming-standby", primary: "east" } }, { event: "unusable" })
    expect(starting).toMatchObject({ phase: { at: "stuck" }, task: null })
    const promoting = after({ ...following, phase: { at: "promoting" } }, { event: "unusable" })
    expect(promoting.phase).toEqual({ at: "promoting" })
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

  it("makes it set the gate until that is done, and see it at work before it is given up", () => {
    const joining = after(leading(register()), streams)
    const { data } = joining
    const failed = after(joining, { event: "failed", data }, { event: "standby-lost" }, { event: "failed", data })
    expect(failed).toMatchObject({ phase: { change: { step: "gate" } }, task: { task: "wait-for", waitFor: "gate" } })
    const lost = after(failed, { event: "done", data }, { event: "standby-lost" })
    expect(lost).toMatchObject({ phase: { change: { step: "give-up" } }, task: { task: "see-waiting" } })
  })

  it("lets it be where nobody is to wait", () => {
    expect(after(leading(register({ durability: "async" })), streams).task).toBeNull()
  })

  it("makes a region anew that lost its database, once another has its place, and not before", () => {
    const lost: Supervisor = {
      ...leading(register()),
      data: { kind: "none" },
      phase: { at: "closed", reason: "database-lost" },
      task: null,
    }
    const read = (change: Partial<Register>) => after(lost, { event: "read", register: register(change) })
    expect(read({ version: 9 }).phase).toEqual(lost.phase)
    expect(read({ epoch: 2, primary: "west", incarnation: "w0", version: 9 })).toMatchObject({
      phase: { at: "becoming-standby", primary: "west" },
      task: { task: "copy", primary: "west" },
    })
    const wentBack: Supervisor = { ...lost, phase: { at: "closed", reason: "witness-went-back" } }
    const news = register({ epoch: 2, primary: "west", version: 9 })
    expect(after(wentBack, { event: "read", register: news }).phase).toEqual(wentBack.phase)
  })

  it("keeps a primary waiting for a lost standby where it must not go on alone", () => {
    const guarded = leading(register({ inSync: west, onLoss: "block" }))
    expect(after(guarded, { event: "standby-lost" })).toEqual(guarded)
  })

  it("swaps in who streams while the barrier waits for a directory that may be gone, and passes the barrier then", () => {
    const known = register({ inSync: west, onLoss: "block" })
    const [barrier, copied] = [{ task: "barrier" }, { ...west, incarnation: "w1" }] as const
    const waiting = leading(known, { phase: { at: "leading", door: "barrier", change: null }, task: barrier })
    const swapping = after(waiting, { event: "standby-streams", standby: copied })
    expect(swapping).toMatchObject({
      phase: { door: "shut", change: { change: "join", joiner: copied, step: "gate" } },
      task: { task: "wait-for", waitFor: "gate" },
    })
    const { data } = waiting
    const failedAndRestored = after(swapping, { event: "failed", data }, { event: "done", data })
    expect(failedAndRestored).toMatchObject({ phase: { door: "barrier", change: null }, task: barrier })
    // Nobody is waited for there: it will pass by itself.
    expect(after({ ...waiting, register: register() }, { event: "standby-streams", standby: copied }).task).toBe(
      barrier,
    )
  })

  it("is loosened while the barrier waits for a region that may be gone, which can be let go then", () => {
    const known = register({ inSync: west, onLoss: "block" })
    const barrier = { task: "barrier" } as const
    const waiting = leading(known, { phase: { at: "leading", door: "barrier", change: null }, task: barrier })
    const policy = { durability: "zero-loss", onLoss: "degrade", lease: known.lease } as const
    const wanted = after(waiting, { event: "policy-wanted", policy })
    expect(wanted).toMatchObject({ phase: { door: "shut" }, task: null, pending: { next: { onLoss: "degrade" } } })
    const written = after(wanted, { event: "written", register: { ...known, onLoss: "degrade", version: 6 } })
    expect(written).toMatchObject({ phase: { door: "barrier", change: null }, task: barrier })
    expect(after(written, { event: "standby-lost" }).task).toMatchObject({ task: "mark-alone" })
    // What is promised already takes nothing from it.
    expect(after(written, { event: "policy-wanted", policy })).toEqual(written)
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

describe("a claim by force", () => {
  const following = supervisor({
    self: "north",
    phase: { at: "following", primary: "east" },
    data: { kind: "standby", incarnation: "n0" },
    reading: false,
  })
  const claimed = (known: Register, accepts: Register["claim"]) =>
    after(following, { event: "claim-asked", accepts }, { event: "read", register: known }).pending?.next

  it("is made where nobody is in sync, says so, and never without being asked for", () => {
    expect(claimed(register(), "forced")).toMatchObject({ primary: "north", epoch: 3, inSync: null, claim: "forced" })
    expect(claimed(register(), "async")).toBeUndefined()
  })

  it("is not what somebody gets who accepted less, whatever the register has come to say meanwhile", () => {
    const async = register({ durability: "async" })
    expect(claimed(async, "in-sync")).toBeUndefined()
    expect(claimed(async, "async")).toMatchObject({ claim: "async" })
    expect(claimed(async, "forced")).toMatchObject({ claim: "async" })
  })

  it("is not made past another region in sync, which no lease ends, nor where no lease is kept", () => {
    expect(claimed(register({ inSync: west }), "forced")).toBeUndefined()
    expect(claimed(register({ lease: null }), "forced")).toBeUndefined()
    // A directory of its own that is gone holds nothing any more, and confirms nothing.
    const former = { region: "north", incarnation: "n-former" }
    expect(claimed(register({ inSync: former }), "forced")).toMatchObject({ claim: "forced" })
  })
})

describe("a join that the witness knows of", () => {
  it("is not given up: until its last step runtimes keep to a lease that nobody renews", () => {
    for (const [step, task] of [
      ["names", { task: "wait-for", waitFor: west }],
      ["nudge", { task: "nudge" }],
    ] as const) {
      const joined = leading(register({ inSync: west }), {
        phase: { at: "leading", door: "open", change: { change: "join", joiner: west, step } },
        task,
      })
      const after = transition(joined, { event: "failed", data: joined.data }, "nonce")
      expect(after).toMatchObject({ phase: { change: { step } }, task })
    }
  })
})

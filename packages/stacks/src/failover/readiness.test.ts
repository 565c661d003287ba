import type { Register } from "@chatops/runtime/contract"
import fc from "fast-check"
import { expect, it } from "vitest"
import type { EnvironmentState, RegionStatus } from "../environment-state.ts"
import { readinessOf, withoutWitness } from "./readiness.ts"

const up = { reachable: true, healthy: true, detail: "" }
const replica = { name: "r1", ready: true, detail: "", pid: 7, restarts: 0, address: "127.0.0.1:1" }
const region = (name: string, part: Partial<RegionStatus> = {}): RegionStatus => ({
  ...up,
  name,
  role: "standby",
  database: "running",
  incarnation: null,
  primarySince: null,
  witnessAnswers: null,
  fitness: null,
  lostTurns: null,
  unread: null,
  streaming: true,
  lag: null,
  replayed: null,
  release: null,
  replicas: [replica],
  ...part,
})
const east = region("east", { role: "primary", streaming: false })
const dead = region("east", { role: "unknown", reachable: false, detail: "not running", streaming: false })

function stateOf(register: Partial<Register>, ...regions: readonly RegionStatus[]): EnvironmentState {
  const usual = { epoch: 4, primary: "east", durability: "zero-loss", inSync: null, lease: 2_000 }
  return {
    deployed: true,
    witness: { ...up, register: { ...usual, ...register } as Register },
    regions,
    watcher: null,
    notify: null,
    entry: { ...up, url: null, gateway: null },
  }
}

const inSync = (name: string) => ({ region: name, incarnation: "i" })
const lag = (seconds: number) => ({ lag: { bytes: 64, seconds, turns: 3 } })
const came = (position: number) => ({ replayed: { position, committedAt: "2026-01-01T00:00:00.000Z" } })
const async = { durability: "async" } as const

it("under async finds the region that has come furthest, and says what is lost", () => {
  const told = readinessOf(stateOf(async, east, region("west", lag(3)), region("north", lag(0))), { planned: false })
  expect(told).toMatchObject({ possible: true, to: "north", claim: "async", lacks: lag(0) })
  expect(told.checks[0]).toMatchObject({
    name: "holds everything",
    verdict: "warning",
    detail: "async: what was acknowledged in the last 0.5 s is lost, 3 turns as of now",
  })
  const gone = stateOf(async, dead, region("west", came(7)), region("north", { ...came(9), database: "starting" }))
  expect(readinessOf(gone, { planned: false })).toMatchObject({ possible: true, to: "west" })
  const without = readinessOf(stateOf({ ...async, lease: null }, dead, region("west")), { planned: false })
  expect(without).toMatchObject({ possible: false, claim: "in-sync", lacks: null })
  expect(without.checks[0]?.detail).toMatch(/^no region is in sync with east, and the register keeps no lease/)
})

it("under async loses nothing where a region is in sync, as in a planned failover", () => {
  const state = stateOf({ ...async, inSync: inSync("west") }, east, region("west"), region("north", came(9)))
  expect(readinessOf(state, { planned: false })).toMatchObject({ to: "west", claim: "in-sync", lacks: null })
  const planned = readinessOf(stateOf(async, east, region("west", lag(3))), { planned: true })
  expect(planned).toMatchObject({ possible: true, to: "west", claim: "in-sync", lacks: null })
})

it("elsewhere is possible by force only, once the primary is gone", () => {
  const state = stateOf({}, dead, region("west", came(7)))
  expect(readinessOf(state, { planned: false })).toMatchObject({ possible: false, to: null })
  const forced = readinessOf(state, { planned: false, force: true })
  expect(forced).toMatchObject({ possible: true, to: "west", claim: "forced", lacks: came(7) })
  expect(forced.checks[0]).toMatchObject({ name: "holds everything", verdict: "warning" })
})

it("under async says who has come further than the region that is asked for, if that one could take over", () => {
  const told = (north: Partial<RegionStatus>, choice = {}, primary = east) => {
    const state = stateOf(async, primary, region("west", lag(3)), region("north", { ...lag(1), ...north }))
    const { possible, further, checks } = readinessOf(state, { to: "west", planned: false, ...choice })
    const words = checks.some(
      ({ verdict, detail }) => verdict === "warning" && detail.includes("north has come further"),
    )
    return [possible, further, words]
  }
  expect(told({})).toEqual([true, "north", true])
  expect(told(lag(3))).toEqual([true, null, false])
  expect(told({ database: "stopped" })).toEqual([true, null, false])
  expect(told({ witnessAnswers: false })).toEqual([true, null, false])
  // Nothing is lost as planned, and so nobody would lose less.
  expect(told({}, { planned: true })).toEqual([true, null, false])
  const forced = stateOf({}, dead, region("west", came(7)), region("north", came(9)))
  expect(readinessOf(forced, { to: "west", planned: false, force: true })).toMatchObject({ further: "north" })
  expect(readinessOf(forced, { to: "north", planned: false, force: true })).toMatchObject({ further: null })
})

it("lets nobody take over who does not reach the witness, and passes over what it does not know", () => {
  const west = (witnessAnswers: boolean | null) => region("west", { witnessAnswers })
  const told = (answers: boolean | null, planned = false) => {
    const { possible, to, checks } = readinessOf(stateOf({ inSync: inSync("west") }, east, west(answers)), { planned })
    return [possible, to, checks.find(({ name }) => name === "witness")]
  }
  const check = (verdict: string, detail: string) => ({ name: "witness", verdict, detail })
  for (const planned of [false, true]) {
    expect(told(true, planned)).toEqual([true, "west", check("ok", "west reaches the witness")])
    expect(told(false, planned)).toEqual([false, "west", check("fails", "west does not reach the witness")])
    expect(told(null, planned)).toEqual([true, "west", undefined])
  }
  // Under async another one takes over, though it lacks more.
  const near = region("west", { ...lag(0), witnessAnswers: false })
  expect(readinessOf(stateOf(async, dead, near, region("north", lag(9))), { planned: false })).toMatchObject({
    possible: true,
    to: "north",
  })
})

it("says of a primary that does not reach the witness what it can do no more, and that it cannot leave its place", () => {
  const cut = { ...east, witnessAnswers: false }
  const checks = (planned: boolean) =>
    readinessOf(stateOf({ inSync: inSync("west") }, cut, region("west")), { planned }).checks[0]
  const detail = `east does not reach the witness: ${guarded}`
  expect(checks(false)).toEqual({ name: "witness", verdict: "warning", detail })
  expect(checks(true)).toEqual({ name: "witness", verdict: "fails", detail })
})

const guarded = "east serves while west confirms, and can neither go on without it nor start again"

it.each([
  ["guarded", { inSync: inSync("west") }, guarded],
  ["alone", {}, "east is alone: it stops when its lease of 2 s is over, and cannot start again"],
  ["the only region", { lease: null }, "east serves, and cannot start again"],
] as const)("says what a primary that is %s does while the witness is silent", (_what, register, words) => {
  const { witness } = stateOf(register, east)
  expect(withoutWitness(witness)).toBeUndefined()
  expect(withoutWitness({ ...witness, healthy: false })).toBe(words)
  expect(withoutWitness({ ...witness, healthy: false, register: null })).toBeUndefined()
})

it("asks whether the region could carry everybody: a planned change waits for it, any other one warns", () => {
  const connections = { most: 1, wanted: 9 }
  const fitness = { lookedAt: 1, connections, keys: 0, before: null, unreplayed: 0, missingSecrets: [], models: [] }
  const state = stateOf({ inSync: inSync("west") }, east, region("west", { fitness }))
  const told = (planned: boolean) => {
    const { possible, checks } = readinessOf(state, { planned })
    return [possible, checks[0]]
  }
  const detail = "the database of west takes 1 sessions, and all replicas may open 9"
  expect(told(true)).toEqual([false, { name: "connections", verdict: "fails", detail }])
  expect(told(false)).toEqual([true, { name: "connections", verdict: "warning", detail }])
})

it.each([
  ["while the primary works", stateOf({}, east, region("west")), undefined, "east serves: no turn has to be lost"],
  [
    "past a region that is in sync",
    stateOf({ inSync: inSync("north") }, dead, region("west"), region("north", { reachable: false })),
    "west",
    "north is in sync with east, and holds every turn that west may lack",
  ],
  ["without a lease", stateOf({ lease: null }, dead, region("west")), undefined, "the register keeps no lease"],
  ["to one that does not answer", stateOf({}, dead, region("west", { reachable: false })), undefined, "not answer"],
] as [string, EnvironmentState, string | undefined, string][])("refuses force %s", (_what, state, to, detail) => {
  const { possible, checks } = readinessOf(state, { to, planned: false, force: true })
  expect([possible, checks[0]?.detail]).toEqual([false, expect.stringContaining(detail)])
})

/** Whatever is seen: what may lose turns is called so, and needs a lease, nobody in sync, and somebody's consent. */
it("never is possible at a loss that it does not tell", () => {
  const status = (name: string) =>
    fc
      .record({
        reachable: fc.boolean(),
        role: fc.constantFrom("primary" as const, "standby" as const, "unknown" as const),
        database: fc.constantFrom("running" as const, "stopped" as const),
        streaming: fc.boolean(),
        witnessAnswers: fc.constantFrom(null, true, false),
        lag: fc.constantFrom(null, lag(0).lag, lag(5).lag),
        replayed: fc.constantFrom(null, came(1).replayed, came(2).replayed),
        replicas: fc.constantFrom([], [replica]),
      })
      .map(part => region(name, part))
  const register = fc.record({
    durability: fc.constantFrom("zero-loss" as const, "async" as const),
    inSync: fc.constantFrom(null, inSync("west"), inSync("north")),
    lease: fc.constantFrom(null, 2_000),
  })
  const wanted = fc.record({
    to: fc.constantFrom(undefined, "west", "north"),
    planned: fc.boolean(),
    force: fc.boolean(),
  })
  const seen = { "in-sync": 0, async: 0, forced: 0 }
  fc.assert(
    fc.property(register, status("east"), status("west"), status("north"), wanted, (promise, e, w, n, choice) => {
      if (choice.planned && choice.force) return
      const { possible, claim, lacks, to, checks } = readinessOf(stateOf(promise, e, w, n), choice)
      if (!possible) return
      seen[claim]++
      expect([e, w, n].find(({ name }) => name === to)?.witnessAnswers).not.toBe(false)
      expect(lacks === null).toBe(claim === "in-sync")
      expect(claim !== "in-sync").toBe(
        checks.some(({ name, verdict }) => name === "holds everything" && verdict === "warning"),
      )
      if (claim === "in-sync") {
        expect(choice.planned || promise.inSync?.region === to).toBe(true)
        return
      }
      expect([promise.inSync, promise.lease, choice.planned]).toEqual([null, 2_000, false])
      expect(claim === "async" ? promise.durability === "async" : choice.force).toBe(true)
      if (choice.force) expect(e.reachable && e.role === "primary").toBe(false)
    }),
    { numRuns: 30_000 },
  )
  for (const times of Object.values(seen)) expect(times).toBeGreaterThan(5)
})

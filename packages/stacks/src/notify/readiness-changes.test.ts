import { isDeepStrictEqual } from "node:util"
import type { Register } from "@chatops/runtime/contract"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { EnvironmentState, RegionStatus, ReplicationLag } from "../environment-state.ts"
import { lossOf } from "./loss.ts"
import {
  type Answer,
  knownAnswers,
  lasting,
  type ReadinessWatch,
  readinessNow,
  watchReadiness,
} from "./readiness-changes.ts"

const up = { reachable: true, healthy: true, detail: "" }

function region(name: string, role: RegionStatus["role"], lag: ReplicationLag | null = null): RegionStatus {
  const replicas = [{ name: "r1", ready: true, detail: "", pid: 7, restarts: 0, address: "127.0.0.1:1" }]
  const streaming = role === "standby"
  const lost = { primarySince: null, witnessAnswers: null, fitness: null, lostTurns: null, unread: null }
  return {
    ...up,
    name,
    role,
    database: "running",
    incarnation: null,
    streaming,
    lag,
    replayed: null,
    release: null,
    replicas,
    ...lost,
  }
}

function stateOf(inSync: Register["inSync"], lag: ReplicationLag | null = null): EnvironmentState {
  const register = { primary: "east", epoch: 1, durability: "zero-loss", inSync } as Register
  return {
    deployed: true,
    witness: { ...up, register },
    regions: [region("east", "primary"), region("west", "standby", lag)],
    watcher: null,
    notify: null,
    entry: { ...up, url: null, gateway: null },
  }
}

/** Nobody is in sync, and nobody has to be. */
function async(lag: ReplicationLag | null): EnvironmentState {
  const state = stateOf(null, lag)
  const register = { ...state.witness.register, durability: "async", lease: 2_000 } as Register
  return { ...state, witness: { ...state.witness, register } }
}

describe("the answer", () => {
  const lag = { bytes: 2_048, seconds: 3.4, turns: 12 }

  it("is that of a failover, with what would be lost where nobody holds it all", () => {
    const inSync = { region: "west", incarnation: "i" }
    const nothing = { loss: "nothing", reason: null, wouldLose: null }
    expect(readinessNow(stateOf(inSync))).toEqual({ possible: true, to: "west", ...nothing })
    expect(readinessNow(stateOf(null, lag))).toEqual({
      possible: false,
      to: null,
      loss: null,
      reason: "no region is in sync with east at epoch 1",
      wouldLose: { region: "west", ...lag },
    })
    expect(readinessNow(stateOf(null))).toMatchObject({ possible: false, wouldLose: null })
  })

  it("under async is that of a failover that loses what the region lacks", () => {
    const answer = { possible: true, to: "west", reason: null }
    expect(readinessNow(async(lag))).toEqual({ ...answer, loss: "under-1min", wouldLose: { region: "west", ...lag } })
    expect(readinessNow(async({ bytes: 0, seconds: 0, turns: 0 }))).toEqual({
      ...answer,
      loss: "under-1s",
      wouldLose: null,
    })
    // Null because nobody can say is not null because there is nothing.
    expect(readinessNow(async(null))).toEqual({ ...answer, loss: "unknown", wouldLose: null })
  })

  it("is the same region as before where another is further by a little only, and not where it is by far", () => {
    const [near, far] = [lag, { bytes: 9_000_000, seconds: 70, turns: 900 }]
    const state = (west: ReplicationLag, north: ReplicationLag) => {
      const { regions, ...rest } = async(west)
      return { ...rest, regions: [...regions, region("north", "standby", north)] }
    }
    const known = [{ possible: true, to: "north", loss: "under-1min" } as const]
    const more = { ...near, bytes: near.bytes + 1 }
    expect(readinessNow(state(near, more))).toMatchObject({ to: "west" })
    expect(readinessNow(state(near, more), known)).toMatchObject({ to: "north", wouldLose: { region: "north" } })
    expect(readinessNow(state(near, { ...far, seconds: 125 }), known)).toMatchObject({ to: "west" })
    // It may have died meanwhile.
    const { regions, ...rest } = state(near, more)
    const dead = regions.map(each => (each.name === "north" ? { ...each, reachable: false } : each))
    expect(readinessNow({ ...rest, regions: dead }, known)).toMatchObject({ to: "west" })
  })

  it("is none before there is anything, or where there is one region", () => {
    expect(readinessNow({ ...stateOf(null), deployed: false })).toBeUndefined()
    expect(readinessNow({ ...stateOf(null), regions: [region("east", "primary")] })).toBeUndefined()
  })
})

describe("a change of the answer", () => {
  const answers: readonly Answer[] = [
    { possible: true, to: "west", loss: "nothing" },
    { possible: true, to: "east", loss: "nothing" },
    { possible: false, to: null, loss: null },
    { possible: true, to: "west", loss: "under-1s" },
  ]

  /** Looks with these answers at these times; what is told, and when it is told. */
  function toldOf(
    looks: readonly (readonly [number, Answer])[],
  ): { answer: Answer | null; since: number; at: number }[] {
    let watch: ReadinessWatch = { told: null, other: null }
    return looks.flatMap(([at, answer]) => {
      const { changed, ...next } = watchReadiness(watch, answer, at)
      watch = next
      return changed === undefined ? [] : [{ answer: next.told, since: changed, at }]
    })
  }

  it("is told once it has lasted, with the time of its beginning; the first answer is no change", () => {
    const [west, , none] = answers as [Answer, Answer, Answer]
    const looks = [0, 2_000, 6_000].map(at => [at, west] as const)
    expect(toldOf(looks)).toEqual([])
    const then = [10_000, 12_000, 15_000, 20_000].map(at => [at, none] as const)
    expect(toldOf([...looks, ...then])).toEqual([{ answer: none, since: 10_000, at: 15_000 }])
  })

  it("is another each time, and never one that did not last", () => {
    const looks = fc.array(fc.tuple(fc.integer({ min: 100, max: 6_000 }), fc.constantFrom(...answers)), {
      maxLength: 60,
    })
    fc.assert(
      fc.property(looks, pauses => {
        let at = 0
        const seen = pauses.map(([pause, answer]) => {
          at += pause
          return [at, answer] as const
        })
        const told = toldOf(seen)
        for (const { answer, since, at: now } of told) {
          expect(now - since).toBeGreaterThanOrEqual(lasting)
          const meanwhile = seen.filter(([time]) => time >= since && time <= now)
          expect(meanwhile.filter(([, each]) => !isDeepStrictEqual(each, answer))).toEqual([])
        }
        for (const [index, { answer }] of told.entries()) expect(answer).not.toEqual(told[index - 1]?.answer)
      }),
    )
  })

  /** Looks every two seconds at a standby that lags by so many seconds; the orders that are told of. */
  function lossesOf(seconds: readonly (number | null)[]): (string | null)[] {
    let watch: ReadinessWatch = { told: null, other: null }
    return seconds.flatMap((lag, look) => {
      const state = async(lag === null ? null : { bytes: 1, seconds: lag, turns: 1 })
      const answer = readinessNow(state, knownAnswers(watch)) as Answer
      const { changed, ...next } = watchReadiness(watch, answer, look * 2_000)
      watch = next
      return changed === undefined ? [] : [next.told?.loss ?? null]
    })
  }

  it("under async is also that more would be lost, or less, by its order", () => {
    const behind = [...times(5, 0.2), ...times(5, 8), ...times(5, 300), ...times(5, null), ...times(5, 0)]
    expect(lossesOf(behind)).toEqual(["under-1min", "more", "unknown", "under-1s"])
  })

  it("is not a lag that goes up and down around a border, nor one that is made up for soon", () => {
    expect(lossesOf([...times(5, 0.2), ...times(50, 0.9, 1.1, 1.8, 0.6)])).toEqual([])
    expect(lossesOf([...times(5, 8), ...times(50, 55, 65, 110, 40)])).toEqual([])
    expect(lossesOf(times(20, 0.2, 0.2, 9, 9))).toEqual([])
    const around = fc.array(fc.double({ min: 0.51, max: 1.99, noNaN: true }), { minLength: 5, maxLength: 60 })
    fc.assert(
      fc.property(around, lags => {
        expect(lossesOf(lags)).toEqual([])
      }),
    )
  })
})

it("calls a loss by its order, and by what it was called before as long as that is not far off", () => {
  expect([0, 0.99, 1, 59, 60, 1e9].map(seconds => lossOf(seconds, null))).toEqual([
    ...times(2, "under-1s"),
    ...times(2, "under-1min"),
    ...times(2, "more"),
  ])
  expect([lossOf(1.99, "under-1s"), lossOf(2, "under-1s")]).toEqual(["under-1s", "under-1min"])
  expect([lossOf(0.5, "under-1min"), lossOf(0.49, "under-1min")]).toEqual(["under-1min", "under-1s"])
  expect([lossOf(30, "more"), lossOf(29, "more")]).toEqual(["more", "under-1min"])
  expect([lossOf(null, "more"), lossOf(0, "nothing"), lossOf(3, "unknown")]).toEqual([
    "unknown",
    "under-1s",
    "under-1min",
  ])
})

const times = <Value>(count: number, ...values: readonly Value[]): Value[] =>
  Array.from({ length: count }, () => values).flat()

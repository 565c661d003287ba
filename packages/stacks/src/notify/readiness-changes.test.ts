import type { Register } from "@chatops/runtime/contract"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { EnvironmentState, RegionStatus, ReplicationLag } from "../environment-state.ts"
import { type Answer, lasting, type ReadinessWatch, readinessNow, watchReadiness } from "./readiness-changes.ts"

const up = { reachable: true, healthy: true, detail: "" }

function region(name: string, role: RegionStatus["role"], lag: ReplicationLag | null = null): RegionStatus {
  const replicas = [{ name: "r1", ready: true, detail: "", pid: 7, restarts: 0, address: "127.0.0.1:1" }]
  const streaming = role === "standby"
  const lost = { primarySince: null, fitness: null, lostTurns: null, unread: null }
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

describe("the answer", () => {
  const lag = { bytes: 2_048, seconds: 3.4, turns: 12 }

  it("is that of a failover, with what would be lost where nobody holds it all", () => {
    const inSync = { region: "west", incarnation: "i" }
    expect(readinessNow(stateOf(inSync))).toEqual({ possible: true, to: "west", reason: null, wouldLose: null })
    expect(readinessNow(stateOf(null, lag))).toEqual({
      possible: false,
      to: null,
      reason: "no region is in sync with east at epoch 1",
      wouldLose: { region: "west", ...lag },
    })
    expect(readinessNow(stateOf(null))).toMatchObject({ possible: false, wouldLose: null })
  })

  it("under async is that of a failover that loses what the region lacks", () => {
    const state = stateOf(null, lag)
    const register = { ...state.witness.register, durability: "async", lease: 2_000 } as Register
    const async = { ...state, witness: { ...state.witness, register } }
    expect(readinessNow(async)).toEqual({
      possible: true,
      to: "west",
      reason: null,
      wouldLose: { region: "west", ...lag },
    })
  })

  it("is none before there is anything, or where there is one region", () => {
    expect(readinessNow({ ...stateOf(null), deployed: false })).toBeUndefined()
    expect(readinessNow({ ...stateOf(null), regions: [region("east", "primary")] })).toBeUndefined()
  })
})

describe("a change of the answer", () => {
  const answers: readonly Answer[] = [
    { possible: true, to: "west" },
    { possible: true, to: "east" },
    { possible: false, to: null },
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
          expect(meanwhile.every(([, each]) => each === answer || each.to === answer?.to)).toBe(true)
        }
        for (const [index, { answer }] of told.entries()) expect(answer).not.toEqual(told[index - 1]?.answer)
      }),
    )
  })
})

import { join } from "node:path"
import type { Register } from "@chatops/runtime/contract"
import type { OpenTarget, RegionMoment } from "@chatops/stacks"
import { type AbortWhen, type DrillEvent, type Fault, figuresOf, type Scenario } from "@chatops/stacks/drill"
import { ChatopsError } from "@chatops/stacks/errors"
import { describe, expect, it, onTestFinished, vi } from "vitest"
import { fakeState, fakeTarget } from "../../operations/testing/fake-target.ts"
import { scratchDirectory } from "../../testing/scratch-directory.ts"
import { outcomeOf, reasonToAbort, verdictOf } from "../evidence/verdict.ts"
import { type ImitatedApi, imitatedApi } from "../load/testing/imitated-api.ts"
import { readDrillEvents } from "../recording/read-drill-events.ts"
import { lanesOf } from "../report/lanes.ts"
import { runDrill } from "./run-drill.ts"
import { type FakeFaults, fakeFaults } from "./testing/fake-faults.ts"

const killed: Fault = { kind: "kill-region", region: "east" }

const scenario = (changes: Partial<Scenario> = {}): Scenario => ({
  ...{ name: "brief", summary: "A region dies for a moment.", seed: 1, warmUp: 1, coolDown: 0.1 },
  load: { turnsPerSecond: 100, turnsPerConversation: 3, thinkTime: 0.01, streamed: 0.5, answerTokens: 8 },
  faults: [{ fault: killed, after: 0, healAfter: 0.2 }],
  ...changes,
})

const register = async (): Promise<Register> => ({
  ...{ epoch: 1, primary: "east", incarnation: "e1", inSync: null, durability: "async", onLoss: "degrade" },
  ...{ lease: 2_000, claim: "in-sync", version: 1, nonce: "n1" },
})

interface Drilled {
  readonly events: readonly DrillEvent[]
  readonly faults: FakeFaults
}

/** Makes a whole drill of an imitated chatbot on a target that only says what it is told to. */
async function drilled(
  wanted: Scenario,
  happens: Parameters<typeof fakeFaults>[0] & {
    readonly api: ImitatedApi
    readonly playPerson?: boolean
    readonly told?: (text: string) => void
  },
  parts: Partial<OpenTarget> = {},
): Promise<Drilled> {
  const faults = fakeFaults(happens)
  const file = join(scratchDirectory(), "events.jsonl")
  const target = { ...fakeTarget({ state: fakeState("east") }), faults: faults.faults, register, ...parts }
  const run = { target, scenario: wanted, url: happens.api.url, key: "sk-drill", file }
  const { playPerson = false, told } = happens
  await runDrill({ ...run, playPerson, progress: (_part, text) => told?.(text) }, AbortSignal.timeout(60_000))
  return { events: await readDrillEvents(file), faults }
}

const outcome = (events: readonly DrillEvent[]) => {
  const figures = figuresOf(events)
  return outcomeOf(verdictOf(figures, null), events, figures)
}
const named = (events: readonly DrillEvent[], name: DrillEvent["event"]) => events.filter(({ event }) => event === name)

describe("a drill", () => {
  it("breaks what its scenario says, and reads every conversation back", async () => {
    const api = await imitatedApi()
    const { events, faults } = await drilled(scenario(), { api })
    expect(faults.calls).toEqual(["make kill-region", "heal kill-region"])
    expect(events.filter(({ event }) => event.startsWith("fault"))).toMatchObject([
      { event: "fault-made", fault: killed },
      { event: "fault-healed", fault: killed },
    ])
    expect(named(events, "read-back")).toHaveLength(api.conversations.size)
    expect([outcome(events), figuresOf(events).violations]).toEqual(["passed", []])
    expect(named(events, "whole")).toMatchObject([{ missing: [] }])
    // Somebody watches: whoever drills asks for nothing.
    expect(named(events, "noticed")).toEqual([])
  })

  it("throws, and breaks nothing, where nobody is answered before", async () => {
    const api = await imitatedApi()
    api.lockOut()
    const made: string[] = []
    const unready = drilled(scenario(), { api, made: ({ kind }) => void made.push(kind) })
    await expect(unready).rejects.toMatchObject({ code: "DRILL_NOT_READY" })
    expect(made).toEqual([])
  })
})

describe("a drill where nobody watches", () => {
  const inSync = { region: "west", incarnation: "w1" }
  const zeroLoss = { durability: "zero-loss", inSync } as const
  const refused = new ChatopsError("CLAIM_REFUSED", "east is the primary")

  async function taken(
    changes: Partial<Register>,
    { fault = killed, ends = (): void => undefined, outlasts = false } = {},
  ) {
    const api = await imitatedApi()
    const { promise: healed, resolve: heals } = Promise.withResolvers<void>()
    const claims: unknown[] = []
    let now = { ...(await register()), ...changes }
    const claim: OpenTarget["claim"] = async (region, _signal, options) => {
      claims.push([region, options?.accepts])
      if (outlasts) await healed
      ends()
      now = { ...now, epoch: 2, version: 2, primary: region, inSync: null, incarnation: "w1" }
      return now
    }
    const parts = { register: async () => now, claim }
    const { events } = await drilled(
      scenario({ faults: [{ fault, after: 0, healAfter: 0.2 }] }),
      { api, playPerson: true, told: text => text.endsWith("has healed") && heals() },
      parts,
    )
    const noticed = events.flatMap(event => (event.event === "noticed" ? `${event.by} ${event.what}` : []))
    return { events, claims, noticed }
  }

  it("has the region in sync take over, once, as a person would, and says that it did", async () => {
    const { events, claims, noticed } = await taken(zeroLoss)
    expect(claims).toEqual([["west", "in-sync"]])
    expect(noticed).toEqual(["drill suspected", "drill asked"])
    expect(lanesOf(events, 10_000).map(({ region }) => region)).toEqual(["east", "west"])
    expect(figuresOf(events).recoveries).toMatchObject([{ detected: null }])
  })

  it("has the region take over under async that `chatops failover` would choose", async () => {
    const { claims, noticed } = await taken({ durability: "async", inSync: null })
    expect([claims, noticed]).toEqual([[["west", "async"]], ["drill suspected", "drill asked"]])
  })

  it("records when the fault healed, however long the claim takes", async () => {
    const { events, claims } = await taken(zeroLoss, { outlasts: true })
    expect([claims.length, named(events, "fault-healed").length, outcome(events)]).toEqual([1, 1, "passed"])
  })

  it("goes on under async where the primary was back sooner, and the claim is refused; in sync it must not be", async () => {
    const back = () => {
      throw refused
    }
    const { events, claims } = await taken({ durability: "async", inSync: null }, { ends: back })
    expect([claims.length, named(events, "aborted"), outcome(events)]).toEqual([1, [], "passed"])
    const inSyncRefused = await taken(zeroLoss, { ends: back })
    expect(named(inSyncRefused.events, "aborted")).toMatchObject([{ reason: refused.message }])
  })

  it("leaves alone what took no primary away, and asks nobody to lose what must not be lost", async () => {
    const standby: Fault = { kind: "kill-region", region: "west" }
    expect(await taken(zeroLoss, { fault: standby })).toMatchObject({ claims: [], noticed: [] })
    const alone = await taken({ durability: "zero-loss", inSync: null })
    expect(alone).toMatchObject({ claims: [], noticed: ["drill suspected"] })
  })
})

describe("a drill in which somebody sets the clock", () => {
  const hour = 3_600_000

  it.each([hour, -hour])("tells when a region took over, after a jump of %i ms", async by => {
    const api = await imitatedApi()
    const moments: RegionMoment[] = []
    const real = Date.now
    const happens = {
      api,
      made: () => {
        vi.spyOn(Date, "now").mockImplementation(() => real() + by)
      },
      healed: () => {
        for (const what of ["claimed", "promoted"] as const)
          moments.push({ region: "west", what, at: Date.now(), epoch: 2 })
      },
    }
    onTestFinished(() => {
      vi.restoreAllMocks()
    })
    const { events } = await drilled(scenario(), happens, { moments: async () => moments })
    expect(events).toContainEqual({ event: "clock-jumped", at: expect.any(Number), by: expect.closeTo(by, -3) })
    const figures = figuresOf(events)
    const over = Math.max(...events.map(({ at }) => at))
    for (const what of ["claimed", "promoted"] as const)
      expect(events.find(event => event.event === "noticed" && event.what === what)?.at).toBeLessThan(over)
    expect(figures.recoveries).toMatchObject([{ claimed: expect.any(Number), promoted: expect.any(Number) }])
  })
})

describe("a drill whose scenario says when to give it up", () => {
  // Whoever waits for its end waits for longer than the test may take.
  const hour = { after: 0, healAfter: 3_600 }
  const first = { fault: killed, ...hour }
  const later: Scenario["faults"][number] = { ...hour, fault: { kind: "lose-model", region: "west" }, after: 3_000 }

  it.each<[AbortWhen, (api: ImitatedApi) => void, RegExp]>([
    [{ unansweredFor: 0.3 }, api => api.shut(), /^nothing was acknowledged for 0\.3 s/],
    [{ failed: 3 }, api => api.lockOut(), /^\d+ requests had failed/],
  ])("heals at once and breaks nothing else when %j holds", async (abortWhen, breaks, reason) => {
    const api = await imitatedApi()
    const wanted = scenario({ abortWhen, faults: [first, later] })
    const { events, faults } = await drilled(wanted, {
      api,
      made: () => breaks(api),
      healed: () => api.open(),
    })
    expect(faults.calls).toEqual(["make kill-region", "heal kill-region"])
    expect(outcome(events)).toBe("aborted")
    expect(reasonToAbort(events)).toMatch(reason)
    expect(named(events, "aborted")).toHaveLength(1)
    const order = events.flatMap(({ event }) => (/^fault|^aborted/.test(event) ? event : []))
    expect(order).toEqual(["fault-made", "aborted", "fault-healed"])
    expect(named(events, "read-back")).toHaveLength(api.conversations.size)
    // No other turn begins, and those that waited are answered after all.
    expect(figuresOf(events).violations).toEqual([])
  })

  it("goes on to its end where no condition holds", async () => {
    const api = await imitatedApi()
    const { events } = await drilled(scenario({ abortWhen: { unansweredFor: 600, failed: 1 } }), { api })
    expect([outcome(events), named(events, "aborted")]).toEqual(["passed", []])
  })
})

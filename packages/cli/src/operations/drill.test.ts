import type { ActiveFault, EnvironmentState, OpenTarget } from "@chatops/stacks"
import { describe, expect, it } from "vitest"
import { builtInScenarios } from "../drill/scenarios/built-in-scenarios.ts"
import { scratchDirectory } from "../testing/scratch-directory.ts"
import { type DrillChoice, drill } from "./drill.ts"
import { unfinishedOperation } from "./journal.ts"
import { journalDirectory, resumeOperation, runOperation } from "./run-operation.ts"
import { type FakeParts, fakeServices } from "./testing/fake-services.ts"
import { fakeState, fakeTarget } from "./testing/fake-target.ts"

const found = builtInScenarios.get("kill-region")
if (found === undefined) throw new Error("there is no scenario kill-region")
const choice: DrillChoice = { scenario: found, yesProduction: false }

/** Services of an environment that can have every fault, and of which these are told. */
function services(
  confirm: NonNullable<FakeParts["confirm"]>,
  faults: Partial<OpenTarget["faults"]>,
  inspect: OpenTarget["inspect"] = async () => fakeState("east"),
) {
  const target = { ...fakeTarget({ state: fakeState("east") }), inspect }
  const able = async () => new Map([["kill-region", true]] as const)
  return fakeServices(scratchDirectory(), {
    target: { ...target, faults: { ...target.faults, able, ...faults } },
    regions: ["east", "west"],
    confirm,
  })
}

const listen = () => undefined

/** A drill of an environment in which these faults are in effect, as far as its question, which is answered with no. */
async function asked(
  changes: Partial<DrillChoice>,
  active: readonly ActiveFault[] = [],
  inspect?: OpenTarget["inspect"],
) {
  const questions: string[] = []
  const refuse = async (question: string) => {
    questions.push(question)
    return false
  }
  const options = {
    services: services(refuse, { active: async () => active }, inspect),
    signal: new AbortController().signal,
    listen,
  }
  const error = await runOperation(drill({ ...choice, ...changes }), options).catch(error => error)
  return { questions, error }
}

describe("a drill", () => {
  it("asks before it breaks anything, and says what its answer stands for", async () => {
    const one = await asked({})
    expect(one.questions).toEqual(["Break kill-region east of local, under about 320 turns?"])
    expect(one.error).toMatchObject({ code: "NOT_CONFIRMED" })
    const series = await asked({ series: { planned: 20, following: 19, flags: [] } })
    expect(series.questions).toEqual([expect.stringContaining("as the first of 20 drills")])
    const braked = await asked({ scenario: { ...found, abortWhen: { unansweredFor: 30 } } })
    expect(braked.questions).toEqual([expect.stringMatching(/turns, giving up once nothing was answered for 30 s\?$/)])
  })

  it("is refused while a fault is in effect, and says how long that will be", async () => {
    const fault = { kind: "freeze-region", region: "west" } as const
    const healsAt = Date.now() + 3_600_000
    const { questions, error } = await asked({}, [{ id: "f1", fault, madeAt: 0, healsAt }])
    expect(questions).toEqual([])
    expect(error).toMatchObject({ code: "FAULT_ACTIVE", details: { healsAt: new Date(healsAt).toISOString() } })
    expect(error.message).toMatch(/freeze-region west is in effect .* until \d{4}-.*Z: \d+ s from now/)
  })

  const restrained = (seconds: number): EnvironmentState => {
    const state = fakeState("east")
    const restraint = { reason: "it acted 4 s ago, and looks on only", seconds }
    const watcher = { verdict: "well", reason: null, since: new Date().toISOString(), restraint } as const
    return { ...state, watcher, entry: { ...state.entry, url: null } }
  }

  it("is refused where the watcher would not act for long: nothing would fail over", async () => {
    const { questions, error } = await asked({}, [], async () => restrained(600))
    expect(questions).toEqual([])
    expect(error).toMatchObject({ code: "DRILL_NOT_READY", message: expect.stringContaining("for 600 s: it acted") })
    const [fault] = found.faults
    const scenario = { ...found, faults: [{ ...fault!, fault: { kind: "kill-region", region: "$standby" } as const }] }
    expect((await asked({ scenario }, [], async () => restrained(600))).error).toMatchObject({ code: "NOT_CONFIRMED" })
  })

  it("waits for a watcher that has just acted", async () => {
    let looks = 0
    const options = {
      services: services(
        async () => true,
        {},
        async () => {
          looks += 1
          const state = restrained(4)
          return looks <= 3 ? state : { ...state, watcher: null }
        },
      ),
      signal: AbortSignal.timeout(10_000),
      listen,
    }
    const run = runOperation(drill(choice), options)
    await expect(run).rejects.toMatchObject({ message: expect.stringContaining("the entry has no address") })
    // Of the preflight, and twice whether it is whole and who is primary.
    expect(looks).toBe(5)
  })

  it("that was interrupted mends what it broke, and breaks nothing more in what is in production by now", async () => {
    const interrupt = new AbortController()
    const active = new Map<string, ActiveFault>()
    const made: string[] = []
    let looks = 0
    const before = services(async () => true, {
      active: async () => {
        looks += 1
        // The second look is the first thing of the step that breaks.
        if (looks === 2) interrupt.abort(new Error("killed"))
        interrupt.signal.throwIfAborted()
        return [...active.values()]
      },
    })
    await runOperation(drill(choice), { services: before, signal: interrupt.signal, listen }).catch(() => undefined)
    const left = unfinishedOperation(journalDirectory(before))
    expect(left).toMatchObject({ current: "drill", header: { choice: { yesProduction: false } } })

    active.set("f1", { id: "f1", fault: { kind: "kill-region", region: "east" }, madeAt: 0, healsAt: 1 })
    const { environment, target } = before
    const now = {
      ...before,
      environment: { ...environment, config: { ...environment.config, production: true } } as typeof environment,
      target: {
        ...target,
        faults: {
          ...target.faults,
          active: async () => [...active.values()],
          heal: async (id: string) => void active.delete(id),
          make: async () => Promise.reject(new Error(`made ${made.push("a fault")}`)),
        },
      },
    }
    const options = { services: now, signal: AbortSignal.timeout(10_000), listen }
    const resumed = resumeOperation(left!, drill(left!.header.choice as DrillChoice), options)
    await expect(resumed).rejects.toMatchObject({
      code: "OPERATION_PAUSED",
      message: expect.stringContaining("is in production"),
      hint: expect.stringContaining("--yes-production"),
      details: { step: "drill", code: "DRILL_PRODUCTION" },
    })
    expect([made, [...active]]).toEqual([[], []])
  })
})

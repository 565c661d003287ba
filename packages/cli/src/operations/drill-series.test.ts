import { describe, expect, it } from "vitest"
import type { DrillRecord } from "../drill/evidence/index.ts"
import { builtInScenarios } from "../drill/scenarios/built-in-scenarios.ts"
import { restOfSeries, runSeries, sayRest } from "./drill-series.ts"
import { type DrillTold, exitCodeOf } from "./drill-told.ts"

type Outcome = DrillRecord["outcome"]

const told = (id: string, outcome: Outcome): DrillTold => ({
  record: { id, outcome } as DrillRecord,
  statement: "0".repeat(64),
})

/** Drills that come to these outcomes, or cannot be made. */
async function series(...results: readonly (Outcome | Error)[]) {
  const asked: number[] = []
  const made = await runSeries(results.length, async index => {
    asked.push(index)
    const result = results[index]
    if (result === undefined || result instanceof Error) throw result
    return told(`op-${index}`, result)
  })
  return { asked, outcomes: made.drills.map(({ record }) => record.outcome), stopped: made.stopped }
}

describe("a series of drills", () => {
  it("goes on to its end while objectives are missed at most", async () => {
    const made = await series("passed", "missed", "passed")
    expect(made).toEqual({ asked: [0, 1, 2], outcomes: ["passed", "missed", "passed"], stopped: null })
  })

  it.each<Outcome>(["violated", "aborted"])("stops after one that was %s, and says which", async outcome => {
    const made = await series("passed", outcome, "passed")
    expect(made.asked).toEqual([0, 1])
    expect(made.outcomes).toEqual(["passed", outcome])
    expect(made.stopped).toEqual({ why: `op-1 was ${outcome}`, error: null })
  })

  it("was not stopped by its last drill", async () => {
    expect(await series("passed", "violated")).toMatchObject({ stopped: null })
  })

  it("keeps what was made before one that cannot be", async () => {
    const error = new Error("the environment is not whole")
    const made = await series("missed", "passed", error, "passed")
    expect(made).toEqual({
      asked: [0, 1, 2],
      outcomes: ["missed", "passed"],
      stopped: { why: "drill 3 could not be made", error },
    })
  })

  it("throws what keeps the first one from being made", async () => {
    await expect(series(new Error("not deployed"), "passed")).rejects.toThrow("not deployed")
  })
})

describe("the rest of a series of which one drill was resumed", () => {
  const [scenario] = [...builtInScenarios.values()].map(scenario => ({ ...scenario, name: "random", seed: 9 }))
  const typed = (words: string) => `npx chatops ${words}`
  const rest = (following: number, outcome: Outcome, flags: readonly string[] = []) =>
    restOfSeries({ scenario: scenario!, series: { planned: 20, following, flags } }, outcome, typed)

  it("is made by a command, from the next seed on", () => {
    const command = "npx chatops drill run random --seed 10 --count 17 --rate 50 --yes-production"
    const left = rest(17, "missed", ["--rate 50", "--yes-production"])
    expect(left).toEqual({ planned: 20, following: 17, command })
    expect(sayRest(left!, "missed")).toBe(
      `17 of the series of 20 drills were not made: \`${command}\` makes what is left.`,
    )
    expect(sayRest(rest(1, "passed")!, "passed")).toMatch(/^1 of .* was not made: `npx chatops .* --count 1`/)
  })

  it.each<Outcome>(["violated", "aborted"])("is not to be made after one that was %s", outcome => {
    const left = rest(17, outcome)
    expect(left?.command).toBeNull()
    expect(sayRest(left!, outcome)).toBe(
      `17 of the series of 20 drills were not made: none follows one that was ${outcome}.`,
    )
  })

  it("is nothing after the last, or where there was one only", () => {
    expect(rest(0, "passed")).toBeNull()
    expect(restOfSeries({ scenario: scenario! }, "passed", typed)).toBeNull()
  })
})

it.each<[number, ...Outcome[]]>([
  [0],
  [0, "passed", "passed"],
  [7, "passed", "missed", "passed"],
  [9, "missed", "aborted"],
  [8, "missed", "violated"],
  [8, "aborted", "violated"],
])("ends with exit code %i, that of the worst", (code, ...outcomes) => {
  expect(exitCodeOf(outcomes.map((outcome, index) => told(`op-${index}`, outcome)))).toBe(code)
})

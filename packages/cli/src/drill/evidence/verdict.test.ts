import { type DrillEvent, type DrillFigures, figuresOf } from "@chatops/stacks/drill"
import { expect, it } from "vitest"
import { sampleEvents, sampleScenario } from "../testing/sample-drill.ts"
import { outcomeOf, verdictOf } from "./verdict.ts"

const figures = figuresOf(sampleEvents({ ...sampleScenario.load, turnsPerSecond: 1 }))
const violation = { rule: "one-primary", detail: "two at epoch 2", at: 1 }
const aborted: DrillEvent = { event: "aborted", at: 1, reason: "Ctrl-C" }

function figuresWith({
  rtos = [900, 1_200],
  lost = 0,
  violated = false,
}: {
  rtos?: (number | null)[]
  lost?: number
  violated?: boolean
}): DrillFigures {
  const [first] = figures.recoveries
  if (first === undefined) throw new Error("the sample has no recovery")
  return {
    ...figures,
    recoveries: rtos.map(rto => ({ ...first, rto })),
    turns: { ...figures.turns, lost },
    violations: violated ? [violation] : [],
  }
}

it.each([
  ["within both", figuresWith({}), "passed", { rto: true, rpo: true }],
  ["exactly at both", figuresWith({ rtos: [2_000], lost: 1 }), "passed", { rto: true, rpo: true }],
  ["one recovery too long", figuresWith({ rtos: [900, 2_001] }), "missed", { rto: false, rpo: true }],
  ["one recovery that never came", figuresWith({ rtos: [900, null] }), "missed", { rto: false, rpo: true }],
  ["no recovery at all", figuresWith({ rtos: [] }), "missed", { rto: false, rpo: true }],
  ["more turns lost", figuresWith({ lost: 2 }), "missed", { rto: true, rpo: false }],
  ["a broken promise", figuresWith({ violated: true }), "violated", { rto: true, rpo: true }],
] as const)("%s", (_, given, outcome, met) => {
  const verdict = verdictOf(given, { rtoMs: 2_000, rpo: 1 })
  expect([outcomeOf(verdict, [], given), { rto: verdict.rto?.met, rpo: verdict.rpo?.met }]).toEqual([outcome, met])
})

const withoutObjectives = (given: DrillFigures, events: readonly DrillEvent[] = []) =>
  outcomeOf(verdictOf(given, null), events, given)

it("has no limits to miss without objectives, but a service that never came back, and a broken promise", () => {
  expect(withoutObjectives(figuresWith({ rtos: [60_000], lost: 9 }))).toBe("passed")
  expect(withoutObjectives(figuresWith({ rtos: [900, null] }))).toBe("missed")
  expect(withoutObjectives(figuresWith({ violated: true }))).toBe("violated")
})

it("says that a drill was given up, unless a promise was broken before", () => {
  expect(withoutObjectives(figuresWith({ rtos: [] }), [aborted])).toBe("aborted")
  expect(withoutObjectives(figuresWith({ violated: true }), [aborted])).toBe("violated")
})

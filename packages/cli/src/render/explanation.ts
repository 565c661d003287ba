import { styleText } from "node:util"
import type { ExplanationResult } from "../results/explanation.ts"

/** A runbook: what each step does, and below it what a person types instead. */
export function renderExplanation({ operation, from, to, refusal, warnings, steps }: ExplanationResult): string[] {
  const now =
    refusal === null
      ? styleText("green", "It would succeed now.")
      : styleText("yellow", `It would be refused now: ${refusal.message} (${refusal.code}).\n${refusal.hint}`)
  return [
    styleText("bold", `${operation}: ${to} in place of ${from}`),
    now,
    ...warnings.map(warning => styleText("yellow", `! ${warning}`)),
    ...steps.flatMap(({ name, does, byHand }, at) => [
      "",
      `${at + 1}. ${styleText("bold", name)}: ${does}`,
      ...byHand.map(line => `   ${styleText("dim", line)}`),
    ]),
  ]
}

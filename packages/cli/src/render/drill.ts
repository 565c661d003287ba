import { styleText } from "node:util"
import { faultName } from "@chatops/stacks/drill"
import { orNever, time } from "../drill/report/words.ts"
import { random } from "../drill/scenarios/drawn-scenario.ts"
import type { DrillListResult, DrillShowResult } from "../results/drill.ts"

type Recorded = Omit<DrillShowResult, "comparison">
type Outcome = DrillShowResult["outcome"]

const good = styleText("green", "✔")
const bad = styleText("red", "✖")
const mark = (outcome: Outcome): string =>
  outcome === "passed" ? good : outcome === "aborted" ? styleText("yellow", "!") : bad

/** What makes it again; and what was drawn, where the name does not say. */
const drawn = (scenario: string, seed: number, faults: readonly string[]): string =>
  scenario === random ? `seed ${seed}: ${faults.join(", ")}` : `seed ${seed}`

const drawnIn = ({ name, seed, faults }: DrillShowResult["scenario"]): string =>
  drawn(
    name,
    seed,
    faults.map(({ fault }) => faultName(fault)),
  )

/** For cron: one line says it all. */
export function renderDrillLine({ outcome, scenario, environment, figures, id }: Recorded): string {
  const { turns, recoveries, requests } = figures
  const rto = recoveries.some(recovery => recovery.rto === null)
    ? null
    : Math.max(0, ...recoveries.map(recovery => recovery.rto ?? 0))
  return `${mark(outcome)} ${outcome}  ${scenario.name} of ${environment}, ${drawnIn(scenario)}  RTO ${orNever(rto)}  ${turns.acknowledged} acknowledged, ${turns.lost} lost, ${requests.failed} failed  ${id}`
}

export function renderDrillList(drills: DrillListResult): string[] {
  if (drills.length === 0) return ["There is no evidence of a drill here yet."]
  return drills.map(({ id, environment, endedAt, outcome, scenario, seed, faults, actor, ...came }) => {
    const when = endedAt.slice(0, 16).replace("T", " ")
    const rto = `RTO ${orNever(came.rtoMs).padStart(7)}${met(came.rtoMet)}`
    const told = `${rto}  ${came.lost} lost${met(came.rpoMet)}`
    return `${mark(outcome)} ${when}  ${environment.padEnd(8)} ${outcome.padEnd(8)} ${told}  ${scenario}, ${drawn(scenario, seed, faults)}  ${styleText("dim", `${actor} · ${id}`)}`
  })
}

export function renderDrill(record: Recorded): string[] {
  const { figures, verdict, outcome, scenario, id, environment } = record
  const { turns, requests, streams } = figures
  return [
    `${mark(outcome)} ${styleText("bold", `${scenario.name} of ${environment}: ${outcome}`)}`,
    styleText("dim", `${id} · ${record.endedAt} · ${record.actor} · ${drawnIn(scenario)}`),
    ...(record.aborted === undefined ? [] : [styleText("yellow", `given up: ${record.aborted}`)]),
    "",
    ...figures.recoveries.map(renderRecovery),
    ...(record.clock ?? []).map(note => styleText("yellow", note)),
    `${turns.acknowledged} of ${turns.requested} turns acknowledged, ${turns.lost} lost, ${turns.doubled} doubled, ${turns.outOfOrder} out of order; ${requests.failed} requests failed, longest pause ${time(figures.longestPause)}`,
    `${streams.begun} streams begun, ${streams.broken} broken: ${streams.retried} retried, ${streams.resumed} resumed`,
    ...(verdict.rto
      ? [judged("RTO", verdict.rto.met, `${orNever(verdict.rto.came)}, objective ${time(verdict.rto.wanted)}`)]
      : []),
    ...(verdict.rpo
      ? [judged("RPO", verdict.rpo.met, `${verdict.rpo.came} turns lost, objective ${verdict.rpo.wanted}`)]
      : []),
    ...figures.violations.map(({ rule, detail }) => `${bad} ${rule}: ${detail}`),
  ]
}

function renderRecovery(recovery: DrillShowResult["figures"]["recoveries"][number]): string {
  const { fault, regions, rto, detected, claimed, promoted, firstByte, acknowledged, redundant } = recovery
  const moments = Object.entries({ detected, claimed, promoted, "first byte": firstByte, acknowledged })
  const told = moments.map(([name, at]) => `${name} ${maybe(at)}`).join(", ")
  const pause = rto === null ? "its pause never ended" : `longest pause ${time(rto)}`
  return `${faultName({ kind: fault, regions })}: ${pause} (${told}); ${redundantAgain(redundant)}`
}

function redundantAgain(after: number | null): string {
  if (after === null) return "not redundant again before the end"
  return after === 0 ? "redundant all along" : `redundant again after ${time(after)}`
}

/** Beside a figure, where there is an objective. */
const met = (is: boolean | null): string => (is === null ? "" : ` ${is ? good : bad}`)

const judged = (name: string, met: boolean, text: string): string => `${met ? good : bad} ${name} ${text}`

const maybe = (milliseconds: number | null): string => (milliseconds === null ? "–" : time(milliseconds))

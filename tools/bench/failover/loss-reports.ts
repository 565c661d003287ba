import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import type { DrillEvent } from "@chatops/stacks/drill"
import type { TestApp } from "../../../test/support/test-app.ts"
import type { Figure } from "../figure.ts"
import { atMost } from "./statistics.ts"

/** A turn that a former primary held and nobody else, as a region reports it. */
export interface ReportedTurn {
  readonly turn: string
  /** The turn that its client was answered with when it asked again: then it is not lost. */
  readonly repeatedAs: string | null
}

/** Ids of turns. */
export interface LossesCompared {
  /** Acknowledged, not read back, and in no report. */
  readonly unreported: readonly string[]
  /** Reported as lost, though it was acknowledged and read back. */
  readonly unfounded: readonly string[]
  /** Reported as lost, and nobody was told of it: a former primary cannot tell those from the others. */
  readonly untold: readonly string[]
}

/** What drills found to be missing, beside what was reported of them. */
export function compareLosses(
  drills: readonly (readonly DrillEvent[])[],
  reports: readonly ReportedTurn[],
): LossesCompared {
  const told = drills.flatMap(toldIn)
  const lost = new Set(told.filter(({ there }) => !there).map(({ turn }) => turn))
  const kept = new Set(told.filter(({ there }) => there).map(({ turn }) => turn))
  const reported = new Set(reports.filter(({ repeatedAs }) => repeatedAs === null).map(({ turn }) => turn))
  return {
    unreported: [...lost.difference(reported)],
    unfounded: [...reported.intersection(kept)],
    untold: [...reported.difference(lost).difference(kept)],
  }
}

/** Turns that were acknowledged, and whether their conversations hold them. */
function toldIn(events: readonly DrillEvent[]): { readonly turn: string; readonly there: boolean }[] {
  const read = new Set(
    events.flatMap(event => (event.event === "read-back" ? event.turns.map(({ request }) => request) : [])),
  )
  return events.flatMap(event =>
    event.event === "acknowledged" ? [{ turn: event.response, there: read.has(event.request) }] : [],
  )
}

export function lossFigures(name: string, { unreported, unfounded, untold }: LossesCompared): Figure[] {
  return [
    { name: `${name}: lost and not in a report`, value: unreported.length, unit: "turns", limit: atMost(0) },
    { name: `${name}: reported as lost and not lost`, value: unfounded.length, unit: "turns", limit: atMost(0) },
    { name: `${name}: reported as lost and told to nobody`, value: untold.length, unit: "turns" },
  ]
}

/** All that was ever reported in this environment. */
export function reportsOf({ state }: Pick<TestApp, "state">): ReportedTurn[] {
  const files = globSync("*/local/regions/*/lost-turns/*.jsonl", { cwd: state })
  const lines = files.flatMap(file => readFileSync(join(state, file), "utf8").split("\n").filter(Boolean))
  return lines.map(line => JSON.parse(line) as ReportedTurn)
}

/** Milliseconds. What cannot be read is tried again for less than that. */
const readingPatience = 60_000

/** Until every former primary's directory was read. It is marked until then, and redundancy does not wait for it. */
export async function untilReported({ state }: Pick<TestApp, "state">): Promise<void> {
  for (const began = performance.now(); ; await delay(200)) {
    const unread = globSync("*/local/regions/*/database/*.former", { cwd: state })
    if (unread.length === 0) return
    if (performance.now() - began > readingPatience) throw new Error(`not read: ${unread.join(", ")} of ${state}`)
  }
}

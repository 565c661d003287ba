import type { DrillRecord } from "../drill/evidence/index.ts"
import type { DrillChoice } from "./drill.ts"
import type { DrillTold } from "./drill-told.ts"

export interface DrillSeries {
  /** Those that were made, in order. */
  readonly drills: readonly DrillTold[]
  /** Why the rest was not; null: there is no rest. */
  readonly stopped: { readonly why: string; readonly error: Error | null } | null
}

/** Where a drill stands in its series. */
export type SeriesPlace = {
  readonly planned: number
  /** How many come after it. */
  readonly following: number
  /** What all of them were asked for with, beside seed and count: `--rate 50`. */
  readonly flags: readonly string[]
}

/**
 * Makes so many drills one after another. After one that broke a promise, or was given up, no other one follows: it would
 * break what nobody understands yet. What goes wrong with a later drill takes nothing from those before it; what goes
 * wrong with the first is thrown.
 */
export async function runSeries(count: number, make: (index: number) => Promise<DrillTold>): Promise<DrillSeries> {
  const drills: DrillTold[] = []
  for (let index = 0; index < count; index++) {
    try {
      drills.push(await make(index))
    } catch (error) {
      if (index === 0) throw error
      const why = `drill ${index + 1} could not be made`
      return { drills, stopped: { why, error: error as Error } }
    }
    const stop = drills.at(-1)?.record
    if (stop && !harmless.has(stop.outcome) && index + 1 < count)
      return { drills, stopped: { why: `${stop.id} was ${stop.outcome}`, error: null } }
  }
  return { drills, stopped: null }
}

const harmless: ReadonlySet<DrillRecord["outcome"]> = new Set(["passed", "missed"])

/** What is left of a series when one of its drills was resumed, for then nobody goes on with it. */
export interface SeriesRest {
  readonly planned: number
  readonly following: number
  /** As it has to be typed; null: none follows a drill that came out like this one. */
  readonly command: string | null
}

/** Null: nothing is left. `typed`: what has to be typed for `drill run random`. */
export function restOfSeries(
  { scenario: { name, seed }, series }: Pick<DrillChoice, "scenario" | "series">,
  outcome: DrillRecord["outcome"],
  typed: (words: string) => string,
): SeriesRest | null {
  if (series === undefined || series.following === 0) return null
  const { planned, following, flags } = series
  const words = ["drill run", name, `--seed ${seed + 1}`, `--count ${following}`, ...flags].join(" ")
  return { planned, following, command: harmless.has(outcome) ? typed(words) : null }
}

export function sayRest({ planned, following, command }: SeriesRest, outcome: DrillRecord["outcome"]): string {
  const left = `${following} of the series of ${planned} drills ${following === 1 ? "was" : "were"} not made`
  if (command === null) return `${left}: none follows one that was ${outcome}.`
  return `${left}: \`${command}\` makes what is left.`
}

import { random } from "../scenarios/drawn-scenario.ts"
import type { DrillRecord } from "./drill-record.ts"
import { longestRecovery } from "./verdict.ts"

/** What of a run is compared. */
interface RunFigures {
  /** The longest recovery, in milliseconds; null: none ended. */
  readonly rtoMs: number | null
  readonly lost: number
}

export interface Comparison {
  readonly previous: RunFigures & { readonly id: string }
  readonly median: RunFigures & { readonly runs: number }
}

/**
 * The run before, and the median of all runs before, of the same scenario and environment; null where there is none. What
 * was given up is no measurement.
 */
export function compareRuns(record: DrillRecord, records: readonly DrillRecord[]): Comparison | null {
  // Ids begin with the time.
  const earlier = records
    .filter(other => other.id < record.id && other.outcome !== "aborted" && isAlike(other, record))
    .toSorted((a, b) => (a.id < b.id ? 1 : -1))
  const [previous] = earlier
  if (previous === undefined || record.outcome === "aborted") return null
  const runs = earlier.map(figuresOf)
  return {
    previous: { id: previous.id, ...figuresOf(previous) },
    median: {
      runs: runs.length,
      rtoMs: medianTime(runs.map(({ rtoMs }) => rtoMs)),
      lost: median(runs.map(run => run.lost)),
    },
  }
}

/** What is drawn is the same only if it is drawn from the same seed. */
const isAlike = (one: DrillRecord, other: DrillRecord): boolean =>
  one.environment === other.environment &&
  one.scenario.name === other.scenario.name &&
  (one.scenario.name !== random || one.scenario.seed === other.scenario.seed)

const figuresOf = ({ figures }: DrillRecord): RunFigures => ({
  rtoMs: longestRecovery(figures),
  lost: figures.turns.lost,
})

/** What never ended took longer than all that did. */
function medianTime(times: readonly (number | null)[]): number | null {
  const middle = median(times.map(time => time ?? Number.POSITIVE_INFINITY))
  return Number.isFinite(middle) ? middle : null
}

/** Of at least one. */
function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const [low = 0, high = 0] = [(values.length - 1) / 2, values.length / 2].map(at => sorted[Math.floor(at)])
  return (low + high) / 2
}

import type { DrillEvent, DrillFigures } from "@chatops/stacks/drill"
import type { DrillOutcome, Objectives, Verdict } from "./drill-record.ts"

/** Figures beside objectives. Every recovery has to be within the RTO: one that never came is not. */
export function verdictOf(figures: DrillFigures, objectives: Objectives | null): Verdict {
  const { violations, turns } = figures
  if (objectives === null) return { rto: null, rpo: null, violations: violations.length }
  const { rtoMs, rpo } = objectives
  const rto = longestRecovery(figures)
  return {
    rto: { wanted: rtoMs, came: rto, met: rto !== null && rto <= rtoMs },
    rpo: { wanted: rpo, came: turns.lost, met: turns.lost <= rpo },
    violations: violations.length,
  }
}

export function outcomeOf(
  { rto, rpo, violations }: Verdict,
  events: readonly DrillEvent[],
  { recoveries }: Pick<DrillFigures, "recoveries">,
): DrillOutcome {
  // What was broken stays broken, also when the drill was given up for it.
  if (violations > 0) return "violated"
  if (reasonToAbort(events) !== undefined) return "aborted"
  // Without objectives, too, a service that never came back is no success.
  const isBack = recoveries.every(recovery => recovery.rto !== null)
  return rto?.met === false || rpo?.met === false || !isBack ? "missed" : "passed"
}

/** Why the drill was given up, first of all; undefined: it was not. */
export const reasonToAbort = (events: readonly DrillEvent[]): string | undefined =>
  events.find(event => event.event === "aborted")?.reason

/** In milliseconds; null when there was none, or one never ended. */
export function longestRecovery({ recoveries }: DrillFigures): number | null {
  const times = recoveries.map(({ rto }) => rto)
  return times.length === 0 || times.includes(null) ? null : Math.max(...times.filter(time => time !== null))
}

import { orNever, time } from "../drill/report/words.ts"
import type { DrillShowResult } from "../results/drill.ts"

type Compared = Pick<NonNullable<DrillShowResult["comparison"]>["previous"], "rtoMs" | "lost">

/** A drill beside those before it: what they came to, and how this one differs. */
export function renderComparison(now: Compared, comparison: DrillShowResult["comparison"]): string[] {
  if (comparison === null) return []
  const { previous, median } = comparison
  return [
    `the run before, ${previous.id}: ${beside(now, previous)}`,
    ...(median.runs > 1 ? [`median of ${median.runs} runs before: ${beside(now, median)}`] : []),
  ]
}

function beside(now: Compared, before: Compared): string {
  const rto =
    now.rtoMs === null || before.rtoMs === null ? `now ${orNever(now.rtoMs)}` : differs(now.rtoMs - before.rtoMs, time)
  return `RTO ${orNever(before.rtoMs)} (${rto}), ${before.lost} lost (${differs(now.lost - before.lost, String)})`
}

function differs(by: number, tell: (amount: number) => string): string {
  if (by === 0) return "now the same"
  return `now ${tell(Math.abs(by))} ${by > 0 ? "more" : "less"}`
}

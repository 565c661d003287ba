import type { DrillFigures } from "@chatops/stacks/drill"
import type { Figure } from "../figure.ts"
import { atLeast, atMost, largest, median, sumOf, wrong } from "./statistics.ts"

/** Limits of the recovery time, in milliseconds. */
export interface FaultLimits {
  readonly median: number
  readonly worst: number
}

/** Milliseconds; for ever where users were not answered any more. */
export const recoveryTimes = (drills: readonly DrillFigures[]): number[] =>
  drills.map(({ recoveries }) => recoveries[0]?.rto ?? Number.POSITIVE_INFINITY)

/**
 * What one kind of fault at the primary came to, over so many drills. `lossless`: no turn may be lost, and another region
 * takes over; a primary that comes back in its place is no failover, however soon it does.
 */
export function faultFigures(
  name: string,
  drills: readonly DrillFigures[],
  { limits, lossless }: { readonly limits: FaultLimits | undefined; readonly lossless: boolean },
): Figure[] {
  const rtos = recoveryTimes(drills)
  const takenOver = drills.filter(({ recoveries }) => (recoveries[0]?.promoted ?? null) !== null).length
  return [
    {
      ...{ name: `${name}: RTO, median of ${rtos.length}`, value: median(rtos), unit: "ms" },
      ...(limits && { limit: atMost(limits.median) }),
    },
    {
      ...{ name: `${name}: RTO, worst`, value: largest(rtos), unit: "ms" },
      ...(limits && { limit: atMost(limits.worst) }),
    },
    {
      ...{ name: `${name}: taken over by another region`, value: takenOver, unit: "drills" },
      ...(lossless && { limit: atLeast(drills.length) }),
    },
    { name: `${name}: turns acknowledged`, value: sumOf(drills, turns => turns.acknowledged), unit: "turns" },
    {
      ...{ name: `${name}: lost`, value: sumOf(drills, ({ lost }) => lost), unit: "turns" },
      ...(lossless && { limit: atMost(0) }),
    },
    {
      name: `${name}: doubled, out of order, altered`,
      value: sumOf(drills, turns => wrong({ ...turns, lost: 0 })),
      unit: "turns",
      limit: atMost(0),
    },
    {
      name: `${name}: requests never acknowledged`,
      value: drills.reduce((all, { requests }) => all + requests.failed, 0),
      unit: "requests",
    },
  ]
}

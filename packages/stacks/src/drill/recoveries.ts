import type { DrillFigures } from "./drill-figures.ts"
import type { DrillHistory, EventOf } from "./drill-history.ts"
import { toThousandth } from "./drill-time.ts"
import { regionsOf } from "./fault.ts"
import { longestWithin, type Pause } from "./service-pauses.ts"

type Recovery = DrillFigures["recoveries"][number]

/** How the service came back after each fault. A fault is answered for until the next one is made. */
export function recoveriesOf(history: DrillHistory, pauses: readonly Pause[]): Recovery[] {
  const redundancy = redundancyOf(history)
  return history.faults.map((made, index) => {
    const next = history.faults[index + 1]?.at ?? Number.POSITIVE_INFINITY
    const since = (at: number | undefined) => (at === undefined ? null : toThousandth(at - made.at))
    const noticed = (what: EventOf<"noticed">["what"]) =>
      since(history.noticed.find(({ at, what: seen }) => seen === what && at >= made.at && at < next)?.at)
    return {
      fault: made.fault.kind,
      regions: [...regionsOf(made.fault)],
      at: made.at,
      rto: recoveryTime(history, pauses, made.at, next),
      detected: noticed("suspected"),
      claimed: noticed("claimed"),
      promoted: noticed("promoted"),
      firstByte: since(firstByteAfter(history, made.at)),
      redundant: since(redundantAgain(redundancy, made.at, next)),
    }
  })
}

function recoveryTime(history: DrillHistory, pauses: readonly Pause[], fault: number, next: number): number | null {
  const answered = history.requests.values().some(({ sentAt, acknowledged }) => sentAt > fault && acknowledged)
  if (!answered) return null
  const within = pauses.filter(({ from, to }) => to > fault && from < next)
  const longest = longestWithin(within, fault, Number.POSITIVE_INFINITY)
  const neverEnded = within.some(pause => pause.open && pause.to - Math.max(pause.from, fault) === longest)
  return neverEnded && longest > 0 ? null : toThousandth(longest)
}

function firstByteAfter({ requests }: DrillHistory, fault: number): number | undefined {
  let first: number | undefined
  for (const { sentAt, firstByteAt } of requests.values())
    if (sentAt > fault && firstByteAt !== undefined && (first === undefined || firstByteAt < first)) first = firstByteAt
  return first
}

interface Redundancy {
  readonly at: number
  /** A region is in sync. */
  readonly inSync: boolean
}

const redundancyOf = ({ registers, noticed }: DrillHistory): Redundancy[] =>
  [
    ...registers.map(({ at, register }) => ({ at, inSync: register.inSync !== null })),
    ...noticed
      .filter(({ what }) => what === "in-sync" || what === "alone")
      .map(({ at, what }) => ({ at, inSync: what === "in-sync" })),
  ].sort((a, b) => a.at - b.at)

/** When a region was in sync again after the last time within the fault's effect that none was. */
function redundantAgain(redundancy: readonly Redundancy[], fault: number, next: number): number | undefined {
  const before = redundancy.findLast(({ at }) => at <= fault)
  const lost = redundancy.findLastIndex(({ at, inSync }) => at > fault && at < next && !inSync)
  if (lost < 0 && before?.inSync) return fault
  return redundancy.slice(lost + 1).find(({ at, inSync }) => at > fault && inSync)?.at
}

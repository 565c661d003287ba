import type { DrillHistory } from "./drill-history.ts"

/** Time in which users waited and no turn was acknowledged. */
export interface Pause {
  readonly from: number
  /** When a turn was acknowledged again, or when the record of what users did ends. */
  readonly to: number
  /** No turn was acknowledged after it. */
  readonly open: boolean
}

/**
 * The time between acknowledgements, without that in which nobody waited. A pause begins with an acknowledgement while
 * others wait, or with a request when nobody waits. It ends with the next acknowledgement only: when all users have
 * given up, nobody has seen the service work again.
 */
export function pausesOf({ events }: Pick<DrillHistory, "events">): Pause[] {
  const pauses: Pause[] = []
  const seen = new Set<number>()
  const waiting = new Set<number>()
  let from: number | undefined
  let end = 0
  for (const event of events) {
    if (!("request" in event)) continue
    end = event.at
    if (event.event === "sent" && !seen.has(event.request)) {
      seen.add(event.request)
      waiting.add(event.request)
      from ??= event.at
    } else if (event.event === "failed" && !event.again) waiting.delete(event.request)
    else if (event.event === "acknowledged" && from !== undefined) {
      waiting.delete(event.request)
      pauses.push({ from, to: event.at, open: false })
      from = waiting.size > 0 ? event.at : undefined
    }
  }
  if (from !== undefined) pauses.push({ from, to: end, open: true })
  return pauses
}

/** Longest part of a pause that lies within, in milliseconds. */
export const longestWithin = (pauses: readonly Pause[], from: number, to: number): number =>
  pauses.reduce((longest, pause) => Math.max(longest, Math.min(pause.to, to) - Math.max(pause.from, from)), 0)

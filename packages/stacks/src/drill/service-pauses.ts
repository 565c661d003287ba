import type { DrillEvent } from "./drill-event.ts"
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
  const present = new PresentPause()
  let end = 0
  for (const event of events) {
    if (!("request" in event)) continue
    end = event.at
    const over = present.note(event)
    if (over) pauses.push(over)
  }
  if (present.from !== undefined) pauses.push({ from: present.from, to: end, open: true })
  return pauses
}

/** The pause that is under way, from events in the order of their time. */
export class PresentPause {
  readonly #seen = new Set<number>()
  readonly #waiting = new Set<number>()
  #from: number | undefined

  /** Since when; undefined while nobody waits. */
  get from(): number | undefined {
    return this.#from
  }

  /** The pause that ends with this event. */
  note(event: DrillEvent): Pause | undefined {
    if (event.event === "sent" && !this.#seen.has(event.request)) {
      this.#seen.add(event.request)
      this.#waiting.add(event.request)
      this.#from ??= event.at
    } else if (event.event === "failed" && !event.again) this.#waiting.delete(event.request)
    else if (event.event === "acknowledged" && this.#from !== undefined) {
      const over = { from: this.#from, to: event.at, open: false }
      this.#waiting.delete(event.request)
      this.#from = this.#waiting.size > 0 ? event.at : undefined
      return over
    }
    return undefined
  }
}

/** Longest part of a pause that lies within, in milliseconds. */
export const longestWithin = (pauses: readonly Pause[], from: number, to: number): number =>
  pauses.reduce((longest, pause) => Math.max(longest, Math.min(pause.to, to) - Math.max(pause.from, from)), 0)

import type { Figure } from "../figure.ts"
import { atLeast, atMost, largest, median } from "./statistics.ts"

/** Turns a second that are asked for while something is changed. */
export const fullRate = Number(process.env["CHATOPS_BENCH_RATE"] ?? 200)
/** Acknowledged. Below this the machine did not keep up, and the other figures are of something less. */
const leastRate = 0.95 * fullRate

export interface UsersSaw {
  /** Turns acknowledged a second. */
  readonly rate: number
  /** Attempts that came to nothing, were they repeated or not. */
  readonly failedAttempts: number
  /** Requests whose users gave up. */
  readonly neverAcknowledged: number
  /** Turns lost, doubled, out of order, or altered. */
  readonly wrong: number
}

/** Changes of who is primary or who is in sync, made under load. */
export interface ChangesUnderLoad {
  /** As the figures begin. */
  readonly name: string
  /** So many were to be made. */
  readonly wanted: number
  /** Milliseconds in which no turn was acknowledged, one for each change that was made. */
  readonly pauses: readonly number[]
  /** Milliseconds, for the worst of them; absent: none. */
  readonly limit?: number
  readonly saw: UsersSaw
}

export function figuresOfChanges({ name, wanted, pauses, limit, saw }: ChangesUnderLoad): Figure[] {
  const none = (what: string, value: number, unit: string): Figure => ({
    ...{ name: `${name}: ${what}`, value, unit, limit: atMost(0) },
  })
  return [
    { name: `${name}: made under ${fullRate} turns/s`, value: pauses.length, unit: "changes", limit: atLeast(wanted) },
    { name: `${name}: turns acknowledged per second`, value: saw.rate, unit: "/s", limit: atLeast(leastRate) },
    { name: `${name}: writes paused, median of ${pauses.length}`, value: median(pauses), unit: "ms" },
    {
      ...{ name: `${name}: writes paused, worst`, value: largest(pauses), unit: "ms" },
      ...(limit !== undefined && { limit: atMost(limit) }),
    },
    none("requests that failed, were they repeated or not", saw.failedAttempts, "requests"),
    none("requests never acknowledged", saw.neverAcknowledged, "requests"),
    none("turns lost, doubled, out of order, altered", saw.wrong, "turns"),
  ]
}

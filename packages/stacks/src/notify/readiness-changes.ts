import { isDeepStrictEqual } from "node:util"
import * as z from "zod"
import type { EnvironmentState, ReplicationLag } from "../environment-state.ts"
import { readinessOf } from "../failover/readiness.ts"
import type { Announcement } from "./notify-event.ts"

/** An answer that lasted for so long is one, in milliseconds: a failover that goes well shows a few that do not. */
export const lasting = 5_000

type Told = Extract<Announcement, { type: "readiness.changed" }>["data"]

/** Whether a failover would succeed now, and what it would cost. Undefined where there is nothing to fail over to, or nothing yet. */
export function readinessNow(state: EnvironmentState): Told | undefined {
  if (!state.deployed || state.regions.length < 2) return undefined
  const { possible, to, claim, lacks, checks } = readinessOf(state, { planned: false })
  const [worst] = checks
  return {
    possible,
    to,
    reason: possible ? null : (worst?.detail ?? null),
    wouldLose: !possible ? leastLag(state) : claim === "in-sync" || to === null ? null : lossOf(to, lacks?.lag ?? null),
  }
}

function leastLag({ regions }: EnvironmentState): Told["wouldLose"] {
  const lags = regions.flatMap(({ name, lag }) => (lag === null ? [] : [{ name, lag }]))
  const [least] = lags.toSorted((one, other) => one.lag.bytes - other.lag.bytes)
  return least === undefined ? null : lossOf(least.name, least.lag)
}

const lossOf = (region: string, lag: ReplicationLag | null): Told["wouldLose"] =>
  lag === null || lag.turns + lag.bytes === 0 ? null : { region, ...lag }

/** An answer as it is compared: another reason, or more that would be lost, is no other answer. */
export const Answer = z.strictObject({ possible: z.boolean(), to: z.string().nullable() })
export type Answer = z.infer<typeof Answer>

export interface ReadinessWatch {
  /** What receivers know; null: the first answer that lasts, which is no change. */
  readonly told: Answer | null
  /** What it seems to be instead. */
  readonly other: { readonly answer: Answer; readonly since: number } | null
}

/** Takes one look. `changed`: since when, in milliseconds as `now`. */
export function watchReadiness(
  { told, other }: ReadinessWatch,
  { possible, to }: Answer,
  now: number,
): ReadinessWatch & { readonly changed?: number } {
  const answer = { possible, to }
  if (isDeepStrictEqual(answer, told)) return { told, other: null }
  if (other === null || !isDeepStrictEqual(other.answer, answer)) return { told, other: { answer, since: now } }
  if (now - other.since < lasting) return { told, other }
  return { told: answer, other: null, ...(told !== null && { changed: other.since }) }
}

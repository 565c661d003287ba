import { isDeepStrictEqual } from "node:util"
import * as z from "zod"
import type { EnvironmentState, ReplicationLag } from "../environment-state.ts"
import { type Readiness, readinessOf } from "../failover/readiness.ts"
import { Loss, lossOf } from "./loss.ts"
import type { Announcement } from "./notify-event.ts"

/** An answer that lasted for so long is one, in milliseconds: a failover that goes well shows a few that do not. */
export const lasting = 5_000

type Told = Extract<Announcement, { type: "readiness.changed" }>["data"]

/**
 * An answer as it is compared: another reason is no other answer, nor is it more that would be lost, as long as it is of
 * the same order.
 */
export const Answer = z.strictObject({ possible: z.boolean(), to: z.string().nullable(), loss: Loss.nullable() })
export type Answer = z.infer<typeof Answer>

/**
 * Whether a failover would succeed now, and what it would cost. Undefined where there is nothing to fail over to, or
 * nothing yet. Where a region of an answer that is `known` is as good as the one that has come furthest by a little, it
 * is that one: the two may change places at every look.
 */
export function readinessNow(state: EnvironmentState, known: readonly Answer[] = []): Told | undefined {
  if (!state.deployed || state.regions.length < 2) return undefined
  const answerTo = (to?: string) => told(state, readinessOf(state, { to, planned: false }), known)
  const best = answerTo()
  if (best.loss === null || best.loss === "nothing" || best.loss === "unknown") return best
  const others = known.flatMap(({ to }) => (to === null ? [] : [answerTo(to)]))
  return others.find(({ possible, loss }) => possible && loss === best.loss) ?? best
}

function told(state: EnvironmentState, readiness: Readiness, known: readonly Answer[]): Told {
  const { possible, to, claim, lacks, checks } = readiness
  if (!possible || to === null)
    return { possible, to, loss: null, reason: checks[0]?.detail ?? null, wouldLose: leastLag(state) }
  if (claim === "in-sync") return { possible, to, loss: "nothing", reason: null, wouldLose: null }
  const lag = lacks?.lag ?? null
  const before = known.find(answer => answer.to === to)?.loss ?? null
  return { possible, to, loss: lossOf(lag?.seconds ?? null, before), reason: null, wouldLose: lackOf(to, lag) }
}

function leastLag({ regions }: EnvironmentState): Told["wouldLose"] {
  const lags = regions.flatMap(({ name, lag }) => (lag === null ? [] : [{ name, lag }]))
  const [least] = lags.toSorted((one, other) => one.lag.bytes - other.lag.bytes)
  return least === undefined ? null : lackOf(least.name, least.lag)
}

const lackOf = (region: string, lag: ReplicationLag | null): Told["wouldLose"] =>
  lag === null || lag.turns + lag.bytes === 0 ? null : { region, ...lag }

export interface ReadinessWatch {
  /** What receivers know; null: the first answer that lasts, which is no change. */
  readonly told: Answer | null
  /** What it seems to be instead. */
  readonly other: { readonly answer: Answer; readonly since: number } | null
}

/** What receivers know first. */
export const knownAnswers = ({ told, other }: ReadinessWatch): Answer[] =>
  [told, other?.answer].filter(answer => answer !== null && answer !== undefined)

/** Takes one look. `now`: milliseconds, by a clock that nobody sets. `changed`: since when, by the same. */
export function watchReadiness(
  { told, other }: ReadinessWatch,
  { possible, to, loss }: Answer,
  now: number,
): ReadinessWatch & { readonly changed?: number } {
  const answer = { possible, to, loss }
  if (isDeepStrictEqual(answer, told)) return { told, other: null }
  if (other === null || !isDeepStrictEqual(other.answer, answer)) return { told, other: { answer, since: now } }
  if (now - other.since < lasting) return { told, other }
  return { told: answer, other: null, ...(told !== null && { changed: other.since }) }
}

import { boundOf, describeLoss, type MayBeLost } from "@chatops/stacks/failover"
import { duration } from "../render/duration.ts"
import type { PrimaryChange } from "./failover.ts"
import type { FailoverPlan } from "./failover-preflight.ts"
import type { StepContext } from "./operation.ts"

/** More than the check says about what a change of primary would lose; nothing where it loses nothing. */
export async function lossLines(context: StepContext, plan: FailoverPlan): Promise<string[]> {
  const { from, claim, lease } = plan
  if (claim === undefined || claim === "in-sync") return []
  const waiting = lease
    ? [`what ${from} acknowledges until its lease ends, ${duration(lease)} at most, is lost as well`]
    : []
  return claim === "forced" ? [...waiting, await aloneSince(context, plan)] : waiting
}

/** Only the primary's supervisor knows, as long as it lives. */
async function aloneSince({ target, signal }: StepContext, { from, epoch }: FailoverPlan): Promise<string> {
  const moments = await target.moments(signal).catch(() => [])
  const last = moments
    .filter(moment => moment.region === from && moment.epoch === epoch)
    .findLast(({ what }) => what === "alone" || what === "in-sync")
  return last?.what === "alone"
    ? `no region has been in sync with ${from} since ${new Date(last.at).toISOString()}`
    : `since when no region has been in sync with ${from} nobody can say who answers`
}

/** For the question whether it is wanted. */
export function lossQuestion({ from, to, claim, lacks, lease, further }: FailoverPlan): string {
  const lost = lacks ? describeLoss(to, lacks, further) : `nobody can say how much ${to} lacks`
  const waiting = lease
    ? `; what ${from} acknowledges until its lease ends, ${duration(lease)} at most, is lost as well`
    : ""
  const forced = claim === "forced" ? "by force, without a region in sync: " : "under async: "
  return `${forced}${lost}${waiting}.`
}

/** Null: nothing was lost. `elapsed`: milliseconds from when it was asked what it lacks until it was primary, or null. */
export function mayBeLost({ claim, lacks, askedAt }: FailoverPlan, elapsed: number | null): MayBeLost | null {
  if (claim === undefined || claim === "in-sync") return null
  if (askedAt === undefined || elapsed === null) return { turns: lacks?.lag?.turns ?? null, seconds: null }
  return boundOf(lacks ?? { lag: null, replayed: null }, askedAt, askedAt + elapsed)
}

/**
 * For a question that another process has asked there is only the clock on the wall. It is taken not to have been set
 * back by less than what has passed; where it shows that it was, nobody can say.
 */
export function sinceAsked({ askedAt }: FailoverPlan): number | null {
  const elapsed = askedAt === undefined ? -1 : Date.now() - askedAt
  return elapsed < 0 ? null : elapsed
}

/** What may have been lost, for people. */
export function describeBound({ turns, seconds }: MayBeLost): string {
  const known = turns === null ? "" : `${turns} turn${turns === 1 ? "" : "s"} lacked beforehand; `
  const bound =
    seconds === null
      ? "how much was acknowledged and is lost nobody can say"
      : `at most what was acknowledged in the ${duration(seconds * 1_000)} before is lost`
  return `${known}${bound}`
}

/** At the end, for people; nothing where nothing was lost. */
export function lossLine(change: Pick<PrimaryChange, "claim" | "mayBeLost"> | undefined): string[] {
  if (!change?.mayBeLost) return []
  return [`It was not in sync (${change.claim}): ${describeBound(change.mayBeLost)}.`]
}

import type { Supervisor } from "./protocol/supervisor.ts"

/** What of a region's life matters to whoever asks how long a failover took. */
export type Moment =
  /** The register names this region primary by its own claim. */
  | "claimed"
  /** Its database takes writes. */
  | "promoted"
  /** Runtimes are let in. */
  | "opened"
  /** They are not any more. */
  | "closed"
  /** As primary it brought a region into sync. */
  | "in-sync"
  /** As primary it has none in sync any more. */
  | "alone"

export interface NoticedMoment {
  readonly what: Moment
  /** Milliseconds since 1970, by this region's clock. */
  readonly at: number
  readonly epoch: number
  /**
   * Of `in-sync` the region that is. Of `promoted` where its timeline begins, as `timeline 2 begins at 0/5000000`: known a
   * little later.
   */
  readonly detail?: string
}

/** What has just come about, in order. */
export function momentsBetween(before: Supervisor, after: Supervisor): Moment[] {
  const moments: Moment[] = []
  if (before.phase.at === "claiming" && isNext(after)) moments.push("claimed")
  if (before.phase.at === "promoting" && after.phase.at === "leading") moments.push("promoted")
  if (isOpen(before) && !isOpen(after)) moments.push("closed")
  if (!isOpen(before) && isOpen(after)) moments.push("opened")
  if (before.phase.at === "leading" && after.phase.at === "leading") {
    const [had, has] = [before.register?.inSync?.region, after.register?.inSync?.region]
    if (has !== undefined && has !== had) moments.push("in-sync")
    if (has === undefined && had !== undefined) moments.push("alone")
  }
  return moments
}

const isNext = ({ phase }: Supervisor): boolean => phase.at === "waiting-out" || phase.at === "promoting"

const isOpen = ({ phase }: Supervisor): boolean => phase.at === "leading" && phase.door === "open"

import * as z from "zod"
import { mostTurnsCounted, type RegionStatus } from "../environment-state.ts"

/** What is known of what a region lacks that is not in sync. */
export type Lacking = Pick<RegionStatus, "lag" | "replayed">

/** What a change of primary to a region that was not in sync may have cost, known beforehand. */
export const MayBeLost = z.strictObject({
  /** Acknowledged turns that it lacked when it was asked last; null: nobody could say. */
  turns: z.int().min(0).nullable(),
  /** Nothing is lost that was acknowledged longer than this before it became primary; null: nobody can say. */
  seconds: z.number().min(0).nullable(),
})
export type MayBeLost = z.infer<typeof MayBeLost>

/** A primary looks twice a second what was committed: it may be as much older than it says; in milliseconds. */
const roughness = 500

/**
 * `asked`: when the region was asked what it lacks. `until`: when its predecessor acknowledged nothing more, which a
 * lease makes sure of. Both in milliseconds since 1970. What the predecessor acknowledged in between is counted in.
 */
export function boundOf({ lag, replayed }: Lacking, asked: number, until: number): MayBeLost {
  const told = lag === null ? [] : [asked - lag.seconds * 1_000 - roughness]
  const committedAt = replayed?.committedAt ?? null
  // A commit that was acknowledged before another one was made lies before it in the log.
  // One that seems to come only after the question is by a clock that is wrong: it was made before.
  const held = [...told, ...(committedAt === null ? [] : [Math.min(asked, Date.parse(committedAt))])]
  const seconds = held.length === 0 ? null : Math.max(0, Math.ceil((until - Math.max(...held)) / 100) / 10)
  return { turns: lag?.turns ?? null, seconds }
}

/** What would be lost if it took over now, for people. `further`: who could take over as well, and lacks less. */
export const describeLoss = (region: string, lacking: Lacking, further?: string | null): string =>
  `${lossOf(region, lacking)}${further ? `; ${further} has come further, and would lose less` : ""}`

function lossOf(region: string, { lag, replayed }: Lacking): string {
  if (lag !== null) {
    const turns = `${lag.turns} turn${lag.turns === 1 ? "" : "s"}${lag.turns >= mostTurnsCounted ? " or more" : ""}`
    if (lag.bytes === 0)
      return `${region} lacks nothing as of now; what is acknowledged in the moment of the failover is lost`
    return `what was acknowledged in the last ${(lag.seconds + roughness / 1_000).toFixed(1)} s is lost, ${turns} as of now`
  }
  const committedAt = replayed?.committedAt ?? null
  if (committedAt === null) return `nobody can say how much of what was acknowledged ${region} lacks, and that is lost`
  return `what was acknowledged after ${committedAt} is lost where ${region} did not receive it`
}

/** Whoever has come furthest first. What a primary says that a region lacks is more than what that one says itself. */
export function compareProgress(one: Lacking, other: Lacking): number {
  if (one.lag !== null && other.lag !== null)
    return one.lag.bytes - other.lag.bytes || one.lag.seconds - other.lag.seconds
  if (one.lag !== null || other.lag !== null) return one.lag === null ? 1 : -1
  return (other.replayed?.position ?? -1) - (one.replayed?.position ?? -1)
}

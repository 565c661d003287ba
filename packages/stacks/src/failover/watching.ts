import type { Register } from "@chatops/runtime/contract"
import * as z from "zod"

/** How a region sees the primary's database, on a connection of its own. The primary sees itself so, too. */
export const PrimarySight = z.strictObject({
  region: z.string(),
  /** `closed`: the connection ended. `refused`: no new one is taken. `silent`: no answer for a second. */
  state: z.enum(["unknown", "alive", "closed", "refused", "silent"]),
})
export type PrimarySight = z.infer<typeof PrimarySight>

/** How far a standby has come. */
export const Progress = z.strictObject({
  /** Bytes of WAL that it has received, counted as PostgreSQL counts its positions. */
  position: z.number().min(0),
  /** When the newest commit that it replayed was made, by its primary's clock; null: none since it started. */
  committedAt: z.iso.datetime().nullable(),
})
export type Progress = z.infer<typeof Progress>

/** What a region's supervisor says of itself, again and again, and at once when it changes. */
export const RegionPulse = z.strictObject({
  /** Runtimes are let in: it is the primary, and serves. */
  serves: z.boolean(),
  database: z.enum(["running", "starting", "stopped"]),
  /** The database ended unasked, and does not serve again yet. */
  ended: z.boolean(),
  /** It is not to serve now, and somebody wants it so: a planned failover, a restart, the environment's end. */
  leaving: z.boolean(),
  /** Replicas that run, ready or not. */
  replicas: z.int().min(0),
  primary: PrimarySight.nullable(),
  /** Of a standby; null also from a version that did not tell. */
  progress: Progress.nullable().default(null),
})
export type RegionPulse = z.infer<typeof RegionPulse>

/** One region as the entry sees it. */
export interface RegionSight {
  /** Its supervisor. `silent`: nothing was heard for a second. `unknown`: it was not met yet. */
  readonly supervisor: "answers" | "closed" | "silent" | "unknown"
  /** Milliseconds since it was heard last. */
  readonly unheardFor: number
  /** Milliseconds since it was seen to serve; null while it does. */
  readonly idleFor: number | null
  /** What it said last. */
  readonly pulse: RegionPulse | null
  /** Whether the gateway reaches any of its replicas; undefined where the gateway does not say. */
  readonly reached: boolean | undefined
}

export interface Watch {
  /** As last read; null while the witness does not answer. */
  readonly register: Register | null
  /** It shows an older register than was seen before. */
  readonly wentBack?: boolean
  readonly sights: Readonly<Record<string, RegionSight>>
  /** Whether any replica of any region is ready; undefined where the gateway does not say. */
  readonly served: boolean | undefined
  /** Milliseconds since the watcher last made another region primary; null: it never did. */
  readonly sinceLast: number | null
  /** How often it did in the last quarter of an hour. */
  readonly lately: number
}

export type Verdict =
  | { readonly verdict: "well" }
  /** Something is wrong, and it is not sure, or must not: why. */
  | { readonly verdict: "holds"; readonly reason: string }
  | {
      readonly verdict: "acts"
      readonly from: string
      readonly to: string
      /** More than `in-sync`: what was acknowledged last is given up. */
      readonly accepts: "in-sync" | "async"
      readonly reason: string
      /** Where `to` is not in sync: it surely holds what was acknowledged before. Null: it is, or nobody can say. */
      readonly heldUntil: string | null
    }

/** After it acted, for as long it looks on only, in milliseconds. */
export const calmFor = 10_000
/** So often in a quarter of an hour, and a person has to look first. */
export const mostLately = 3
/** Who was told to leave and is gone for longer has not left: it died meanwhile. In milliseconds. */
const leavingPatience = 60_000
/** A primary that answers and does not serve for so long cannot mend itself, in milliseconds. */
const idlePatience = 10_000

/**
 * Whether another region should become primary. It needs two views, each by a process and a connection of its own, the
 * standby's of the primary's database and the entry's of the primary's region, and holds still when they disagree.
 * Nothing depends on its being right: who claims is decided by the register. Under `async`, where nobody is in sync, to
 * act gives up what was acknowledged last: it does so only for a region whose supervisor is gone as well, because any
 * other may come back by itself with all that it acknowledged.
 */
export function judge(watch: Watch): Verdict {
  const { register, sights } = watch
  if (register === null && watch.wentBack)
    return holds("the witness shows an older register than was seen before: it was restored, and nobody may act on it")
  if (register === null) return holds("the witness does not answer: no region may become primary")
  const from = register.primary
  const givesUp = register.inSync === null && register.durability === "async" && register.lease !== null
  const to = givesUp ? furthest(sights, from) : register.inSync?.region
  const primary = lossSeenByEntry(from, sights[from], watch.served)
  const standby = to === undefined ? undefined : lossSeenByStandby(sights[to], from)
  if (primary === undefined && standby === undefined)
    return to === undefined ? holds(nobody(watch, from, givesUp)) : { verdict: "well" }
  if (isLeaving(sights[from])) return holds(`${from} was told to leave or to begin anew`)
  if (to === undefined) return holds(`${from}: ${primary}; ${nobody(watch, from, givesUp)}`)
  if (primary === undefined) return holds(`${to} has lost ${from} (${standby}), and the entry has not`)
  if (standby === undefined) return holds(`the entry has lost ${from} (${primary}), and ${to} has not`)
  if (givesUp && !isGone(sights[from]))
    return holds(`${from}: ${primary}; async: its supervisor answers, and may bring back what ${to} lacks`)
  const unfit = whyUnfit(to, sights[to])
  if (unfit !== undefined) return holds(`${from}: ${primary}; ${unfit}`)
  const restraint = restraintOf(watch)
  if (restraint !== undefined) return holds(`${from}: ${primary}; ${restraint}`)
  const seen = `the entry sees: ${primary}; ${to} sees: ${standby}`
  if (!givesUp) return { verdict: "acts", from, to, accepts: "in-sync", reason: seen, heldUntil: null }
  const heldUntil = sights[to]?.pulse?.progress?.committedAt ?? null
  const reason = `${seen}; async: what was acknowledged last may be lost`
  return { verdict: "acts", from, to, accepts: "async", reason, heldUntil }
}

/** Why it would not act now, whatever it saw; undefined: it would. */
export function restraintOf({ sinceLast, lately }: Pick<Watch, "sinceLast" | "lately">): string | undefined {
  if (lately >= mostLately) return `it acted ${lately} times in a quarter of an hour: a person has to look`
  if (sinceLast === null || sinceLast >= calmFor) return undefined
  return `it acted ${Math.round(sinceLast / 1_000)} s ago, and looks on only`
}

/** Of the standbys that could take over the one that has received the most, whatever it sees. */
function furthest(sights: Watch["sights"], primary: string): string | undefined {
  const fit = Object.entries(sights).filter(
    ([name, sight]) =>
      name !== primary && sight.pulse?.primary?.region === primary && whyUnfit(name, sight) === undefined,
  )
  const position = (sight: RegionSight) => sight.pulse?.progress?.position ?? -1
  return fit.toSorted(([, one], [, other]) => position(other) - position(one))[0]?.[0]
}

/** Why there is no region that could take over. */
function nobody({ sights }: Watch, primary: string, givesUp: boolean): string {
  if (!givesUp) return `no region is in sync with ${primary}`
  const others = Object.entries(sights).filter(([name]) => name !== primary)
  const why = others.map(([name, sight]) => whyUnfit(name, sight) ?? `${name} does not follow ${primary}`)
  return ["no region could take over", ...why].join("; ")
}

const isGone = (sight: RegionSight | undefined): boolean =>
  sight?.supervisor === "closed" || sight?.supervisor === "silent"

const isLeaving = (sight: RegionSight | undefined): boolean =>
  sight?.pulse?.leaving === true && sight.unheardFor < leavingPatience

function lossSeenByEntry(
  region: string,
  sight: RegionSight | undefined,
  served: boolean | undefined,
): string | undefined {
  if (sight === undefined || sight.supervisor === "unknown") return undefined
  if (sight.supervisor === "closed") return "its supervisor is gone"
  if (sight.supervisor === "silent") return "its supervisor is silent"
  if (sight.pulse?.ended) return "its database ended"
  // One that is closed or refused has ended, or will be started again by who says so.
  const own = sight.pulse?.primary
  if (own?.region === region && own.state === "silent") return "its database does not answer its supervisor"
  if (sight.reached === false) return "none of its replicas is reached"
  if (served === false) return "no replica of any region is ready"
  return (sight.idleFor ?? 0) > idlePatience ? "it has long not served" : undefined
}

function lossSeenByStandby(sight: RegionSight | undefined, primary: string): string | undefined {
  const seen = sight?.pulse?.primary
  if (seen?.region !== primary) return undefined
  if (seen.state === "closed" || seen.state === "refused") return `the database's connection is ${seen.state}`
  return seen.state === "silent" ? "the database is silent" : undefined
}

function whyUnfit(region: string, sight: RegionSight | undefined): string | undefined {
  if (sight?.supervisor !== "answers") return `the supervisor of ${region} does not answer`
  if (sight.pulse?.database !== "running") return `the database of ${region} is ${sight.pulse?.database}`
  if (sight.pulse.replicas === 0) return `no replica of ${region} runs`
  return sight.pulse.leaving ? `${region} was told to leave` : undefined
}

const holds = (reason: string): Verdict => ({ verdict: "holds", reason })

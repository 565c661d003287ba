import type { Register } from "@chatops/runtime/contract"

/** What a region's supervisor says of itself, again and again, and at once when it changes. */
export interface RegionPulse {
  /** Runtimes are let in: it is the primary, and serves. */
  readonly serves: boolean
  readonly database: "running" | "starting" | "stopped"
  /** The database ended unasked, and does not serve again yet. */
  readonly ended: boolean
  /** It is not to serve now, and somebody wants it so: a planned failover, a restart, the environment's end. */
  readonly leaving: boolean
  /** As a standby: how it sees its primary's database, on a connection of its own. */
  readonly primary: PrimarySight | null
}

export interface PrimarySight {
  readonly region: string
  /** `closed`: the connection ended. `refused`: no new one is taken. `silent`: no answer for a second. */
  readonly state: "unknown" | "alive" | "closed" | "refused" | "silent"
}

/** One region as the entry sees it. */
export interface RegionSight {
  /** Its supervisor. `silent`: nothing was heard for a second. */
  readonly supervisor: "answers" | "closed" | "silent"
  /** What it said last. */
  readonly pulse: RegionPulse | null
  /** Whether the gateway reaches any of its replicas; undefined where the gateway does not say. */
  readonly reached: boolean | undefined
}

export interface Watch {
  /** As last read; null while the witness does not answer. */
  readonly register: Register | null
  readonly sights: Readonly<Record<string, RegionSight>>
  /** Milliseconds since the watcher last made another region primary; null: it never did. */
  readonly sinceLast: number | null
  /** How often it did in the last quarter of an hour. */
  readonly lately: number
}

export type Verdict =
  | { readonly verdict: "well" }
  /** Something is wrong, and it is not sure, or must not: why. */
  | { readonly verdict: "holds"; readonly reason: string }
  | { readonly verdict: "acts"; readonly from: string; readonly to: string; readonly reason: string }

/** After it acted, for as long it looks on only, in milliseconds. */
export const calmFor = 30_000
/** So often in a quarter of an hour, and a person has to look first. */
export const mostLately = 3

/**
 * Whether another region should become primary. It needs two views that do not depend on one another, the standby's
 * connection to the primary's database and the entry's of the primary's region, and holds still when they disagree.
 * Nothing depends on its being right: who claims is decided by the register.
 */
export function judge(watch: Watch): Verdict {
  const { register, sights } = watch
  if (register === null) return holds("the witness does not answer: no region may become primary")
  const from = register.primary
  const to = register.inSync?.region
  const primary = lossSeenByEntry(sights[from])
  const standby = to === undefined ? undefined : lossSeenByStandby(sights[to], from)
  if (primary === undefined && standby === undefined) return { verdict: "well" }
  if (sights[from]?.pulse?.leaving) return holds(`${from} was told to leave or to begin anew`)
  if (to === undefined) return holds(`${from}: ${primary}; no region is in sync with it`)
  if (primary === undefined) return holds(`${to} has lost ${from} (${standby}), and the entry has not`)
  if (standby === undefined) return holds(`the entry has lost ${from} (${primary}), and ${to} has not`)
  const unfit = whyUnfit(to, sights[to])
  if (unfit !== undefined) return holds(`${from}: ${primary}; ${unfit}`)
  if (watch.sinceLast !== null && watch.sinceLast < calmFor)
    return holds(`${from}: ${primary}; it acted ${Math.round(watch.sinceLast / 1_000)} s ago, and looks on only`)
  if (watch.lately >= mostLately)
    return holds(`${from}: ${primary}; it acted ${watch.lately} times in a quarter of an hour: a person has to look`)
  return { verdict: "acts", from, to, reason: `the entry sees: ${primary}; ${to} sees: ${standby}` }
}

function lossSeenByEntry(sight: RegionSight | undefined): string | undefined {
  if (sight === undefined || sight.supervisor === "closed") return "its supervisor is gone"
  if (sight.supervisor === "silent") return "its supervisor is silent"
  if (sight.pulse?.ended) return "its database ended"
  return sight.reached === false ? "none of its replicas is reached" : undefined
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
  return sight.pulse.leaving ? `${region} was told to leave` : undefined
}

const holds = (reason: string): Verdict => ({ verdict: "holds", reason })

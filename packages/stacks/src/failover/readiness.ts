import type { Register } from "@chatops/runtime/contract"
import type { EnvironmentState, RegionStatus } from "../environment-state.ts"
import { describeLoss, type Lacking } from "./lacking.ts"
import { loadChecks } from "./load-checks.ts"
import { candidate, furtherThan, isStandby } from "./readiness-candidate.ts"
import { primaryReachesWitness, reachesWitness, unanswered } from "./witness-checks.ts"

/** A change of primary that somebody asks for, or may have to. */
export interface WantedChange {
  /** Absent: whichever region is fit. */
  readonly to?: string | undefined
  /** The primary works along: it leaves its place when all is well. */
  readonly planned: boolean
  /** Somebody wants it though turns are lost: the primary is gone, and nobody holds them all (rule 12). */
  readonly force?: boolean | undefined
}

export interface ReadinessCheck {
  readonly name:
    | "witness"
    | "holds everything"
    | "primary"
    | "supervisor"
    | "database"
    | "replicas"
    | "lag"
    | "connections"
    | "keys"
    | "secrets"
    | "models"
  /** `warning`: a failover now would succeed, and users would feel it. */
  readonly verdict: "ok" | "warning" | "fails"
  /** What was found, for people. */
  readonly detail: string
}

/**
 * Whether the primary could be changed now; without losing a turn that a user saw acknowledged, unless the environment is
 * `async`, or somebody forces it.
 */
export interface Readiness {
  readonly from: string | null
  /** Region that would take over; null where none could. */
  readonly to: string | null
  readonly possible: boolean
  /** How it would come to its place. */
  readonly claim: Register["claim"]
  /** What it is known to lack that would be lost; null: nothing. */
  readonly lacks: Lacking | null
  /** Region that could take over as well, and lacks less; null: there is none, or nothing would be lost. */
  readonly further: string | null
  /** Every check, the first that fails first. */
  readonly checks: readonly ReadinessCheck[]
}

/** From what is seen from outside alone. Who may really claim is decided by the region's own supervisor. */
export function readinessOf(state: EnvironmentState, wanted: WantedChange): Readiness {
  const { register } = state.witness
  if (register === null || !state.witness.healthy) {
    const detail = `without the witness no region may become primary: ${state.witness.detail}`
    const from = register?.primary ?? null
    const nobody = { to: null, possible: false, claim: "in-sync", lacks: null, further: null } as const
    return { from, ...nobody, checks: [fails("witness", detail)] }
  }
  const { primary: from } = register
  const to = wanted.to ?? candidate(state, wanted)
  const checks = to === undefined ? [noCandidate(state)] : checksOf(state, to, wanted)
  const possible = checks.every(({ verdict }) => verdict !== "fails")
  const region = state.regions.find(({ name }) => name === to)
  const claim = wanted.planned || region === undefined ? "in-sync" : claimOf(register, region.name, wanted)
  const gives = claim === "in-sync" ? undefined : region
  return {
    from,
    to: to ?? null,
    possible,
    claim,
    lacks: gives === undefined ? null : { lag: gives.lag, replayed: gives.replayed },
    further: (gives && furtherThan(state, gives)?.name) ?? null,
    checks: checks.toSorted((one, other) => weight(other) - weight(one)),
  }
}

/** What becomes of the primary while the witness is silent, for people. Undefined where it answers, or shows no register. */
export const withoutWitness = ({ register, healthy }: EnvironmentState["witness"]): string | undefined =>
  healthy || register === null ? undefined : unanswered(register)

/** As the protocol decides it; in sync also where it could not be claimed at all. */
function claimOf({ inSync, durability, lease }: Register, to: string, { force }: WantedChange): Register["claim"] {
  if (inSync?.region === to || lease === null) return "in-sync"
  if (inSync === null && durability === "async") return "async"
  return force && inSync === null ? "forced" : "in-sync"
}

const weight = ({ verdict }: ReadinessCheck): number => ["ok", "warning", "fails"].indexOf(verdict)

const noCandidate = ({ witness: { register }, regions }: EnvironmentState) =>
  regions.length < 2
    ? fails("supervisor", `${register?.primary} is the only region: there is no other to take over`)
    : fails("holds everything", `no region is in sync with ${register?.primary} at epoch ${register?.epoch}`)

function checksOf(state: EnvironmentState, to: string, wanted: WantedChange): ReadinessCheck[] {
  const { planned, force } = wanted
  const { register } = state.witness
  const region = state.regions.find(({ name }) => name === to)
  if (region === undefined) return [fails("supervisor", `chatops.yaml has no region ${to}`)]
  return [
    ...(force ? [isLost(state)] : []),
    ...(planned ? [isLeavable(state), canFollow(region)] : [holdsEverything(state, region, wanted)]),
    ...primaryReachesWitness(register, primaryOf(state), planned),
    check("supervisor", region.reachable, answers(region)),
    ...reachesWitness(region),
    check("database", isStandby(region), `the database of ${to} is ${region.database}${why(region)}`),
    replicasOf(region, planned),
    ...loadChecks(region, primaryOf(state), planned),
  ]
}

function holdsEverything(state: EnvironmentState, region: RegionStatus, wanted: WantedChange): ReadinessCheck {
  const name = "holds everything"
  const to = region.name
  const { register } = state.witness
  if (register === null) return fails(name, "the witness shows no register")
  const { primary, inSync, durability, lease } = register
  if (inSync?.region === to) return passes(name, `${to} is in sync with ${primary}`)
  if (claimOf(register, to, wanted) !== "in-sync") {
    const why = durability === "async" ? "async" : `no region is in sync with ${primary}`
    return { name, verdict: "warning", detail: `${why}: ${describeLoss(to, region, furtherThan(state, region)?.name)}` }
  }
  if (inSync === null && lease === null && (durability === "async" || wanted.force))
    return fails(name, `no region is in sync with ${primary}, and ${noLease(primary)}`)
  if (inSync !== null && wanted.force) return fails(name, guarded(primary, inSync.region, to))
  const holder = inSync ? `${inSync.region} is` : "no region is"
  return fails(name, `${holder} in sync with ${primary}: ${to} may lack turns that were acknowledged`)
}

const noLease = (primary: string): string =>
  `the register keeps no lease after which ${primary} surely acknowledges nothing more`

/** Those two need no lease: what one acknowledges the other confirms, for as long as neither hears of a new primary. */
const guarded = (primary: string, holder: string, to: string): string =>
  `${holder} is in sync with ${primary}, and holds every turn that ${to} may lack: it can take over, and nobody is forced past it`

/** Who works can work along, and nothing has to be lost. */
function isLost(state: EnvironmentState): ReadinessCheck {
  const { detail, verdict } = isLeavable(state)
  return verdict === "ok" ? fails("primary", `${detail}: no turn has to be lost`) : passes("primary", detail)
}

const primaryOf = ({ regions, witness }: EnvironmentState): RegionStatus | null =>
  regions.find(({ name }) => name === witness.register?.primary) ?? null

/** A planned change brings it into sync first. */
const canFollow = ({ name, streaming }: RegionStatus): ReadinessCheck =>
  check("holds everything", streaming, streaming ? `${name} streams` : `${name} does not stream from the primary`)

function isLeavable(state: EnvironmentState): ReadinessCheck {
  const primary = primaryOf(state)
  const serves = primary?.reachable === true && primary.role === "primary"
  const name = state.witness.register?.primary ?? "the primary"
  return check("primary", serves, serves ? `${name} serves` : `${name} is not well${primary ? why(primary) : ""}`)
}

/** Unless the primary that all of them write to is there, none can be ready. */
function replicasOf({ name, replicas, detail }: RegionStatus, planned: boolean): ReadinessCheck {
  const running = replicas.filter(({ pid, ready }) => (planned ? ready : pid !== null)).length
  if (running === 0) return fails("replicas", `no replica of ${name} is running: ${detail}`)
  const verdict = running === replicas.length ? "ok" : "warning"
  return { name: "replicas", verdict, detail: `${running} of ${replicas.length} replicas of ${name} run` }
}

const answers = (region: RegionStatus): string =>
  region.reachable
    ? `the supervisor of ${region.name} answers`
    : `the supervisor of ${region.name} does not answer${why(region)}`

const why = ({ detail }: RegionStatus): string => (detail === "" ? "" : `: ${detail}`)
const check = (name: ReadinessCheck["name"], ok: boolean, detail: string): ReadinessCheck => ({
  name,
  verdict: ok ? "ok" : "fails",
  detail,
})
const passes = (name: ReadinessCheck["name"], detail: string) => check(name, true, detail)
const fails = (name: ReadinessCheck["name"], detail: string) => check(name, false, detail)

import type { EnvironmentState, RegionStatus } from "../environment-state.ts"

/** A change of primary that somebody asks for, or may have to. */
export interface WantedChange {
  /** Absent: whichever region is fit. */
  readonly to?: string | undefined
  /** The primary works along: it leaves its place when all is well. */
  readonly planned: boolean
}

export interface ReadinessCheck {
  readonly name: "witness" | "holds everything" | "primary" | "supervisor" | "database" | "replicas"
  /** `warning`: a failover now would succeed, and users would feel it. */
  readonly verdict: "ok" | "warning" | "fails"
  /** What was found, for people. */
  readonly detail: string
}

/** Whether the primary could be changed now, without losing a turn that a user saw acknowledged. */
export interface Readiness {
  readonly from: string | null
  /** Region that would take over; null where none could. */
  readonly to: string | null
  readonly possible: boolean
  /** Every check, the first that fails first. */
  readonly checks: readonly ReadinessCheck[]
}

/** From what is seen from outside alone. Who may really claim is decided by the region's own supervisor. */
export function readinessOf(state: EnvironmentState, wanted: WantedChange): Readiness {
  const { register } = state.witness
  if (register === null || !state.witness.healthy) {
    const detail = `without the witness no region may become primary: ${state.witness.detail}`
    return { from: register?.primary ?? null, to: null, possible: false, checks: [fails("witness", detail)] }
  }
  const { primary: from } = register
  const to = wanted.to ?? candidate(state, wanted)
  const checks = to === undefined ? [noCandidate(state)] : checksOf(state, to, wanted)
  const possible = checks.every(({ verdict }) => verdict !== "fails")
  return { from, to: to ?? null, possible, checks: checks.toSorted((one, other) => weight(other) - weight(one)) }
}

const weight = ({ verdict }: ReadinessCheck): number => ["ok", "warning", "fails"].indexOf(verdict)

function candidate({ witness, regions }: EnvironmentState, { planned }: WantedChange): string | undefined {
  const { primary, inSync } = witness.register ?? {}
  if (inSync) return inSync.region
  return planned ? regions.find(({ name, streaming }) => name !== primary && streaming)?.name : undefined
}

const noCandidate = ({ witness: { register } }: EnvironmentState) =>
  fails("holds everything", `no region is in sync with ${register?.primary} at epoch ${register?.epoch}`)

function checksOf(state: EnvironmentState, to: string, { planned }: WantedChange): ReadinessCheck[] {
  const region = state.regions.find(({ name }) => name === to)
  if (region === undefined) return [fails("supervisor", `chatops.yaml has no region ${to}`)]
  return [
    ...(planned ? [isLeavable(state), canFollow(region)] : [holdsEverything(state, to)]),
    check("supervisor", region.reachable, answers(region)),
    check("database", isStandby(region), `the database of ${to} is ${region.database}${why(region)}`),
    replicasOf(region, planned),
  ]
}

function holdsEverything({ witness: { register } }: EnvironmentState, to: string): ReadinessCheck {
  const { primary, inSync } = register ?? {}
  if (inSync?.region === to) return passes("holds everything", `${to} is in sync with ${primary}`)
  const holder = inSync ? `${inSync.region} is` : "no region is"
  return fails("holds everything", `${holder} in sync with ${primary}: ${to} may lack turns that were acknowledged`)
}

/** A planned change brings it into sync first. */
const canFollow = ({ name, streaming }: RegionStatus): ReadinessCheck =>
  check("holds everything", streaming, streaming ? `${name} streams` : `${name} does not stream from the primary`)

function isLeavable({ regions, witness }: EnvironmentState): ReadinessCheck {
  const primary = regions.find(({ name }) => name === witness.register?.primary)
  const serves = primary?.reachable === true && primary.role === "primary"
  const name = witness.register?.primary ?? "the primary"
  return check("primary", serves, serves ? `${name} serves` : `${name} is not well${primary ? why(primary) : ""}`)
}

const isStandby = ({ role, database }: RegionStatus): boolean => role === "standby" && database === "running"

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

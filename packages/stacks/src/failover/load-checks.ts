import type { Fitness, RegionStatus } from "../environment-state.ts"
import type { ReadinessCheck } from "./readiness.ts"

/** So much is replayed within a second or so, in bytes. */
const replayedSoon = 64 * 1024 * 1024
const scarce = 0.1

/**
 * Whether a region could carry everybody. Where the primary works along nobody has to suffer what is missing; where it is
 * gone, what is missing is no reason to stay without a primary. Nothing where nobody has looked.
 *
 * @param primary null: it does not say what it has
 */
export function loadChecks({ name, fitness }: Looked, primary: Looked | null, planned: boolean): ReadinessCheck[] {
  if (fitness === null) return []
  const worst = planned ? "fails" : "warning"
  const check = (what: ReadinessCheck["name"], problem: string | undefined, fine: string): ReadinessCheck => ({
    name: what,
    verdict: problem === undefined ? "ok" : worst,
    detail: problem ?? fine,
  })
  return [
    check("lag", unreplayed(name, fitness), `${name} has replayed what it has received`),
    check("connections", connections(name, fitness), `the database of ${name} takes the sessions of all replicas`),
    keys(name, fitness, primary),
    check("secrets", secrets(name, fitness), `${name} can read every secret`),
    ...models(name, fitness, worst),
  ]
}

type Looked = Pick<RegionStatus, "name" | "fitness">

const unreplayed = (name: string, { unreplayed }: Fitness): string | undefined =>
  unreplayed > replayedSoon ? `${name} has ${Math.round(unreplayed / 1_000_000)} MB to replay first` : undefined

/** In milliseconds; and by so much may two regions' clocks differ. */
const replicatedSoon = 2_000

/**
 * Each looks at its own time. What a standby lacks is only what its primary had well before the standby looked; it had no
 * more than it has now, for revoked ones are counted too.
 */
function keys(name: string, { keys, lookedAt }: Fitness, primary: Looked | null): ReadinessCheck {
  const looks = [primary?.fitness, primary?.fitness?.before].filter(look => look !== undefined && look !== null)
  const more = looks.find(look => look.lookedAt + replicatedSoon <= lookedAt)?.keys ?? 0
  const lacking = keys < more
  const detail = `${name} holds ${counted(keys)}${lacking ? `, and ${primary?.name} ${more}` : ""}, counting revoked ones`
  return { name: "keys", verdict: lacking ? "warning" : "ok", detail }
}

const counted = (keys: number): string => `${keys} API key${keys === 1 ? "" : "s"}`

function connections(name: string, { connections: { most, wanted } }: Fitness): string | undefined {
  return wanted > most
    ? `the database of ${name} takes ${most} sessions, and all replicas may open ${wanted}`
    : undefined
}

const secrets = (name: string, { missingSecrets }: Fitness): string | undefined =>
  missingSecrets.length > 0 ? `${name} cannot read ${missingSecrets.join(", ")}` : undefined

/** As long as one upstream answers there are answers. */
function models(name: string, { models }: Fitness, worst: ReadinessCheck["verdict"]): ReadinessCheck[] {
  const failing = models.filter(({ problem }) => problem !== null)
  const spent = models.filter(({ problem, quotaLeft }) => problem === null && quotaLeft !== null && quotaLeft < scarce)
  const told = [
    ...failing.map(model => `${model.name} as asked from ${name}: ${model.problem}`),
    ...spent.map(model => `${model.name} has less than a tenth of its quota left`),
  ]
  if (told.length === 0) return [{ name: "models", verdict: "ok", detail: `${name} reaches every model` }]
  const none = failing.length === models.length
  return [{ name: "models", verdict: none ? worst : "warning", detail: told.join("; ") }]
}

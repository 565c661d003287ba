import { join } from "node:path"
import { fingerprint } from "../../state/fingerprint.ts"
import type { EnvironmentDirectories } from "../../state/state-directory.ts"

/** The parts of an environment on this machine: who runs where. */
export type Part =
  | { readonly kind: "witness" }
  | { readonly kind: "region"; readonly region: string }
  | { readonly kind: "entry" }

/** Where parts have their places. */
export type PartPlaces = Pick<EnvironmentDirectories, "state" | "run">

/** Directory and socket of one part's agent. */
export function partPaths({ state, run }: PartPlaces, part: Part): { directory: string; socket: string } {
  const directory = part.kind === "region" ? join(state, "regions", part.region) : join(state, part.kind)
  // A region may be called "entry" or "witness"; its socket may not.
  return { directory, socket: join(run, part.kind === "region" ? `r-${shortened(part.region)}` : part.kind) }
}

/** At most twelve bytes, so that most paths of sockets fit below the state directory. No region's name has a dot. */
const shortened = (region: string): string =>
  region.length <= 12 ? region : `${region.slice(0, 5)}.${fingerprint(region, 6)}`

export const gatewayControlSocket = ({ run }: Pick<EnvironmentDirectories, "run">): string => join(run, "gateway.ctl")
export const postgresSocketDirectory = (agentSocket: string): string => `${agentSocket}.pg`
/** Of a server that only reads what a former primary left. */
export const formerPrimarySocketDirectory = (agentSocket: string): string => `${agentSocket}.fp`
export const linkControlSocket = (agentSocket: string): string => `${agentSocket}.links`
export const passwordFile = ({ state }: EnvironmentDirectories, name: PasswordName): string =>
  join(state, "passwords", name)

export const passwordNames = ["superuser", "owner", "runtime", "replicator", "witness"] as const
export type PasswordName = (typeof passwordNames)[number]

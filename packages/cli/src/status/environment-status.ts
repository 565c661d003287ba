import type { EnvironmentState, RegionStatus } from "@chatops/stacks"
import { unfinishedOperation } from "../operations/journal.ts"
import type { OperationServices } from "../operations/operation.ts"
import { journalDirectory } from "../operations/run-operation.ts"

/** What `status --json` prints; fields are added, never changed. */
export interface EnvironmentStatus {
  readonly app: string
  readonly environment: string
  readonly target: string
  readonly healthy: boolean
  readonly entry: { readonly url: string | null; readonly healthy: boolean; readonly detail: string }
  readonly witness: { readonly healthy: boolean; readonly detail: string }
  readonly primary: string | null
  readonly preferredPrimary: string
  readonly epoch: number | null
  readonly durability: string
  readonly release: string
  readonly regions: readonly (Omit<RegionStatus, "replicas"> & { readonly replicas: readonly ReplicaAtGateway[] })[]
  readonly operation: { readonly id: string; readonly kind: string; readonly step: string | null } | null
}

type ReplicaAtGateway = RegionStatus["replicas"][number] & {
  /** How the gateway sees it. */
  readonly gateway: string | null
  /** Requests under way. */
  readonly active: number
}

export async function environmentStatus(services: OperationServices, signal: AbortSignal): Promise<EnvironmentStatus> {
  const { environment } = services
  const state = await services.target.inspect(signal)
  const left = unfinishedOperation(journalDirectory(services))
  return {
    app: environment.app.app,
    environment: environment.config.name,
    target: environment.config.target,
    healthy:
      state.deployed && state.entry.healthy && state.witness.healthy && state.regions.every(region => region.healthy),
    entry: { url: state.entry.url, healthy: state.entry.healthy, detail: state.entry.detail },
    witness: { healthy: state.witness.healthy, detail: state.witness.detail },
    primary: state.witness.register?.primary ?? null,
    preferredPrimary: environment.config.primary,
    epoch: state.witness.register?.epoch ?? null,
    durability: environment.config.durability,
    release: environment.release,
    regions: state.regions.map(region => ({
      ...region,
      replicas: region.replicas.map(replica => atGateway(region.name, replica, state)),
    })),
    operation: left ? { id: left.header.id, kind: left.header.kind, step: left.current } : null,
  }
}

function atGateway(
  region: string,
  replica: RegionStatus["replicas"][number],
  { entry }: EnvironmentState,
): ReplicaAtGateway {
  const backend = entry.gateway?.backends.find(({ id }) => id === `${region}/${replica.name}`)
  return { ...replica, gateway: backend?.state ?? null, active: backend?.active ?? 0 }
}

import type { GatewayStatus, Register } from "@chatops/runtime/contract"

/** What runs, as seen from outside, a moment ago. A part that does not answer is `reachable: false`. */
export interface EnvironmentState {
  readonly deployed: boolean
  readonly witness: PartState & { readonly register: Register | null }
  readonly regions: readonly RegionStatus[]
  /** Who would start a failover by itself; null: nobody, or nobody who answers. */
  readonly watcher: WatcherStatus | null
  readonly entry: PartState & { readonly url: string | null; readonly gateway: GatewayStatus | null }
}

export interface WatcherStatus {
  /** `holds`: something is wrong, and it is not sure, or must not. */
  readonly verdict: "well" | "holds" | "acts"
  readonly reason: string | null
  /** Since when it thinks so. ISO 8601. */
  readonly since: string
}

export interface PartState {
  readonly reachable: boolean
  readonly healthy: boolean
  /** Why it is not healthy, or what it is doing. */
  readonly detail: string
}

export interface RegionStatus extends PartState {
  readonly name: string
  readonly role: "primary" | "standby" | "unknown"
  readonly database: "running" | "starting" | "stopped" | "unknown"
  readonly incarnation: string | null
  readonly streaming: boolean
  /** Bytes of WAL that a standby has yet to replay. */
  readonly lagBytes: number | null
  readonly release: string | null
  readonly replicas: readonly ReplicaStatus[]
}

export interface ReplicaStatus {
  readonly name: string
  readonly ready: boolean
  readonly detail: string
  readonly pid: number | null
  readonly restarts: number
  /** `host:port`. */
  readonly address: string
}

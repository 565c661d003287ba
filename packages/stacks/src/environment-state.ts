import type { GatewayStatus, Register } from "@chatops/runtime/contract"

/** What runs, as seen from outside, a moment ago. A part that does not answer is `reachable: false`. */
export interface EnvironmentState {
  readonly deployed: boolean
  readonly witness: PartState & { readonly register: Register | null }
  readonly regions: readonly RegionStatus[]
  /** Who would start a failover by itself; null: nobody, or nobody who answers. */
  readonly watcher: WatcherStatus | null
  /** How telling receivers goes; null: nobody is to be told, or nobody answers who would. */
  readonly notify: NotifyStatus | null
  readonly entry: PartState & { readonly url: string | null; readonly gateway: GatewayStatus | null }
}

export interface WatcherStatus {
  /** `holds`: something is wrong, and it is not sure, or must not. */
  readonly verdict: "well" | "holds" | "acts"
  readonly reason: string | null
  /** Since when it thinks so. ISO 8601. */
  readonly since: string
  /** Why it would not act now, whatever it saw, and for how many seconds more; null: it would. */
  readonly restraint: { readonly reason: string; readonly seconds: number } | null
}

/** Of webhooks: what `notify` of chatops.yaml asks for. */
export interface NotifyStatus {
  /** Messages that are to be delivered yet. */
  readonly waiting: number
  /** The last attempt that failed, of those whose message is not delivered. */
  readonly failure: {
    /** ISO 8601. */
    readonly at: string
    /** Host of its address. */
    readonly receiver: string
    /** Of the event. */
    readonly type: string
    readonly reason: string
    readonly attempts: number
    /** When it is tried again, ISO 8601; null: it was given up. */
    readonly again: string | null
  } | null
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
  /** Of a standby; null also where it or its primary does not say. */
  readonly lag: ReplicationLag | null
  /** Of a standby: how far it has come, as it tells itself; null also where it does not say. */
  readonly replayed: StandbyProgress | null
  readonly release: string | null
  readonly replicas: readonly ReplicaStatus[]
  /** Of a primary: since when, ISO 8601; null also where it does not say. */
  readonly primarySince: string | null
  /** Its supervisor's last question to the witness was answered; null where it does not say, or had nothing to ask. */
  readonly witnessAnswers: boolean | null
  /** As its supervisor last looked; null where it did not. */
  readonly fitness: Fitness | null
  /** What this region's database held, when it was last primary, that its successor never got; null: nobody looked yet. */
  readonly lostTurns: LostTurns | null
  /** What could not be read of that. */
  readonly unread: UnreadDirectory | null
}

/** What a region has, and would need, to carry everybody as the primary. */
export interface Fitness {
  /** In milliseconds since 1970. */
  readonly lookedAt: number
  /** Sessions that its database takes, and that all replicas of the environment together may open. */
  readonly connections: { readonly most: number; readonly wanted: number }
  /** API keys that were ever made, as far as it holds them, revoked ones too: there are never fewer than before. */
  readonly keys: number
  /**
   * What the look before this one found; null: there was none. This one may have come too late to tell what a region
   * should have had that looked a moment before or after it.
   */
  readonly before: Pick<Fitness, "lookedAt" | "keys"> | null
  /** WAL that it has received and not replayed, in bytes: it is replayed before a promotion. */
  readonly unreplayed: number
  /** Secrets that its replicas are told to read and that nobody can, by name. */
  readonly missingSecrets: readonly string[]
  readonly models: readonly ModelFitness[]
}

/** One upstream, as the region reaches it. */
export interface ModelFitness {
  readonly name: string
  /** Null: it answers, and takes the key. */
  readonly problem: string | null
  /** What is left of its quota, 0 to 1, the scarcest of requests and tokens; null where it does not say. */
  readonly quotaLeft: number | null
}

/** What a former primary had stored, and no other region, when one took its place that was not in sync with it. */
export interface LostTurns {
  /** In which it was primary. */
  readonly epoch: number
  /** Who took its place; null: more than one did since, and what was said of the first is not known. */
  readonly primary: string | null
  /** Why it could; null as `primary`. */
  readonly claim: "async" | "forced" | null
  readonly turns: number
  /** Besides these, whose clients had the same request answered again by the new primary. */
  readonly repeated: number
  /** One turn a line, with its rows; null: there was nothing to keep. */
  readonly file: string | null
}

/** A former primary's data, which are kept because what only they hold could not be read. */
export interface UnreadDirectory {
  readonly directory: string
  readonly problem: string
}

/**
 * What a standby lacks of what its primary has, as the primary tells it, also while nothing passes between the two. All
 * are 0 once the standby has replayed everything that the primary had when it was asked.
 */
export interface ReplicationLag {
  /** WAL on the primary's disk that the standby has not replayed. */
  readonly bytes: number
  /**
   * Age of the oldest commit that the standby has not replayed, to half a second; where that commit is from before the
   * primary kept count, that of the newest one that the standby replayed. No commit lacking: 0, however long ago the
   * last one was.
   */
  readonly seconds: number
  /** Acknowledged turns that the standby does not hold. `mostTurnsCounted` means as many or more. */
  readonly turns: number
}

/** It says more than a lag where there is no primary to compare it with. */
export interface StandbyProgress {
  /** Bytes of WAL, counted as PostgreSQL counts its positions. Where two standbys followed one primary, more is more. */
  readonly position: number
  /**
   * When the newest commit that it replayed was made, by the primary's clock, ISO 8601: it holds whatever was
   * acknowledged before. Null: none since it started.
   */
  readonly committedAt: string | null
}

/** More are not counted: to count the turns of a day would be work for the primary. */
export const mostTurnsCounted = 10_000

export interface ReplicaStatus {
  readonly name: string
  readonly ready: boolean
  readonly detail: string
  readonly pid: number | null
  readonly restarts: number
  /** `host:port`. */
  readonly address: string
}

import { GatewaySettings, Register, ReplicaSettings, SimulatorSettings } from "@chatops/runtime/contract"
import * as z from "zod"
import { Link } from "../links/link.ts"

const Common = {
  /** Directory that the agent owns: lock, spec, logs, data. */
  directory: z.string(),
  /** Unix socket for control. */
  socket: z.string(),
  /** Fingerprint of the programs a change of which restarts the agent. */
  programs: z.string(),
  /**
   * Fingerprints of all that it runs, itself among them, by name: where it finds them. The version before had none, and
   * what it recorded must still be read.
   */
  bundles: z.object({ agent: z.string() }).catchall(z.string()).default({ agent: "" }),
}

/** The witness: one register, apart from everything that it judges. */
export const WitnessSpec = z.strictObject({
  ...Common,
  kind: z.literal("witness"),
  port: z.int(),
  tokenFile: z.string(),
  /** Written once, when the environment is made. */
  initial: Register,
})
export type WitnessSpec = z.infer<typeof WitnessSpec>

export const DatabaseSpec = z.strictObject({
  port: z.int(),
  name: z.string(),
  maxConnections: z.int(),
  /** Password files by role. */
  passwords: z.strictObject({ superuser: z.string(), owner: z.string(), runtime: z.string(), replicator: z.string() }),
  /** Every other region's database, as reached from here. */
  peers: z.array(z.strictObject({ region: z.string(), host: z.string(), port: z.int() })),
})
export type DatabaseSpec = z.infer<typeof DatabaseSpec>

/** A region: its PostgreSQL, its replicas, its links to the others and, when asked for, its simulated model. */
export const RegionSpec = z.strictObject({
  ...Common,
  kind: z.literal("region"),
  region: z.string(),
  links: z.array(Link),
  witness: z.strictObject({ url: z.url(), tokenFile: z.string() }),
  database: DatabaseSpec,
  simulator: SimulatorSettings.nullable(),
  /** What the register should promise while this region is primary. The version before had one policy only. */
  policy: Register.pick({ durability: true, onLoss: true })
    .extend({ lease: Register.shape.lease.default(null) })
    .default({ durability: "async", onLoss: "degrade", lease: null }),
  replicas: z.array(ReplicaSettings),
  /** Changes when a secret that replicas read at start was set anew. */
  secretVersions: z.record(z.string(), z.string()),
})
export type RegionSpec = z.infer<typeof RegionSpec>

const Notify = z.strictObject({
  app: z.string(),
  environment: z.string(),
  /** What is looked at: as the directories of the environment, in which every part has its place. */
  state: z.string(),
  run: z.string(),
  regions: z.array(z.string()),
  receivers: z.array(z.strictObject({ url: z.string(), secretFile: z.string() })).min(1),
})
export type NotifySpec = z.infer<typeof Notify>

export const EntrySpec = z.strictObject({
  ...Common,
  kind: z.literal("entry"),
  gateway: GatewaySettings,
  /** Whom it makes primary by itself, and how it knows; null: nobody. The version before had no watcher. */
  watch: z
    .strictObject({
      regions: z.array(z.strictObject({ region: z.string(), socket: z.string() })),
      witness: z.strictObject({ url: z.url(), tokenFile: z.string() }),
    })
    .nullable()
    .default(null),
  /** Whom it tells of what happens; null: nobody. The version before told nobody. */
  notify: Notify.nullable().default(null),
})
export type EntrySpec = z.infer<typeof EntrySpec>

export const AgentSpec = z.discriminatedUnion("kind", [WitnessSpec, RegionSpec, EntrySpec])
export type AgentSpec = z.infer<typeof AgentSpec>

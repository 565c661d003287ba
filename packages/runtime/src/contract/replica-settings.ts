import * as z from "zod"
import { Chat } from "./chat.ts"
import { Endpoint, Milliseconds } from "./shared.ts"

/**
 * Everything a replica is told, in one JSON file named by `CHATOPS_SETTINGS`.
 * Secrets are files that it names, so that the same shape fits a ConfigMap beside a Secret.
 */
export const ReplicaSettings = z.strictObject({
  app: z.string().min(1),
  environment: z.string().min(1),
  region: z.string().min(1),
  /** Name of this replica, unique in its region: `r1`. */
  replica: z.string().min(1),
  /** Release id, `rel_` and 12 hexadecimal digits. */
  release: z.string().min(1),
  /** Experiment arm that this replica's turns are recorded under. */
  arm: z.string().min(1).default("default"),
  listen: Endpoint,
  chat: Chat,
  database: z.strictObject({
    /** Every region's database, this region's first. Only a writable one with the newest epoch is used. */
    hosts: z.array(Endpoint.extend({ region: z.string().min(1) })).min(1),
    name: z.string().min(1),
    user: z.string().min(1),
    passwordFile: z.string().min(1),
    connections: z.int().min(1).max(200).default(10),
    /**
     * What is read is no older than this, in milliseconds: the primary had a commit confirmed, counted from when it was
     * asked for, within it; otherwise a small one is made. 0: one is made after each read.
     */
    maxStaleness: z.int().min(0).max(60_000).default(1_000),
  }),
  /** Largest request body, in bytes; a larger one is a 413. */
  bodyLimit: z.int().min(1_024).default(1_048_576),
  /** Longest silence on a stream before an SSE comment is written, in milliseconds; at most 15 s. */
  heartbeat: Milliseconds.max(15_000).default(15_000),
  /**
   * How long a response that is streamed and stored goes on being made while nobody reads it, so that its client can
   * come back for the rest, in milliseconds. 0: it is given up at once.
   */
  resumeGrace: z.int().min(0).max(600_000).default(30_000),
  /** Every other replica of the environment, as reached from here: who takes up a stream may be sent to any of them. */
  peers: z.array(Endpoint.extend({ region: z.string().min(1), replica: z.string().min(1) })).default([]),
  /** How long answers may take to finish after SIGTERM, in milliseconds. */
  drain: Milliseconds.default(30_000),
  logLevel: z.enum(["debug", "info", "warn", "error"]).default("info"),
})
export type ReplicaSettings = z.infer<typeof ReplicaSettings>

/** What `migrate` is told: one database, reached as a role that may change the schema. */
export const MigrationSettings = z.strictObject({
  host: z.string().min(1),
  port: z.int(),
  database: z.string().min(1),
  user: z.string().min(1),
  passwordFile: z.string().min(1),
  /** Role that replicas log in as; granted what turns need and nothing else. */
  runtimeRole: z.string().min(1),
})
export type MigrationSettings = z.infer<typeof MigrationSettings>

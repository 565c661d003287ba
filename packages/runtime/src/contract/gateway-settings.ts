import * as z from "zod"
import { Endpoint, Milliseconds } from "./shared.ts"

export const BalancingAlgorithm = z.enum(["round-robin", "least-connections", "ip-hash"])
export type BalancingAlgorithm = z.infer<typeof BalancingAlgorithm>

/** Relative share of traffic; 0 takes a part out without forgetting it. */
export const Weight = z.number().min(0).max(1_000)

/** One replica as the gateway sees it. Its share is the product of its region's, its release's and its own weight. */
export const GatewayBackend = Endpoint.extend({
  /** Unique over all regions: `east/r1`. */
  id: z.string().min(1),
  region: z.string().min(1),
  release: z.string().min(1),
  weight: Weight.default(1),
})
export type GatewayBackend = z.infer<typeof GatewayBackend>

/** The gateway's settings file, named by `CHATOPS_SETTINGS`; what is not `listen` or `control` can change while it runs. */
export const GatewaySettings = z.strictObject({
  app: z.string().min(1),
  environment: z.string().min(1),
  listen: Endpoint,
  /** Unix socket for status and new settings; never reachable from outside. */
  control: z.string().min(1),
  algorithm: BalancingAlgorithm.default("least-connections"),
  regions: z.record(z.string(), z.strictObject({ weight: Weight.default(1) })),
  releases: z.record(z.string(), z.strictObject({ weight: Weight.default(1) })).default({}),
  backends: z.array(GatewayBackend),
  /** Addresses or CIDR ranges whose `X-Forwarded-For` is believed. */
  trustedProxies: z.array(z.string()).default([]),
  /** Largest request body that is buffered (and so can be sent again), in bytes; a larger one is a 413. */
  bodyLimit: z.int().min(1_024).default(1_048_576),
  /**
   * Most memory for the bodies of all requests that are not answered yet, in bytes; beyond it requests with a body are
   * refused as `overloaded`. Never less than `bodyLimit`. Default: `defaultBodyMemory`.
   */
  bodyMemory: z.int().min(1_024).optional(),
  health: z
    .strictObject({
      interval: Milliseconds.default(1_000),
      timeout: Milliseconds.default(800),
      /** Failures in a row, of checks or of requests, that eject a backend. A refused connection ejects at once. */
      failures: z.int().min(1).default(2),
      /** First ejection; doubled each time up to 16 times this, ended early by a passing check. */
      ejection: Milliseconds.default(1_000),
    })
    .prefault({}),
  /** How often one request is sent, the first time included. Offering it to who refuses the connection does not count. */
  attempts: z.int().min(1).max(10).default(4),
  /**
   * Longest wait for response headers from a backend, in milliseconds. An answer that is not streamed begins when the
   * model has finished, so this bounds the whole of it. Dead and frozen backends are found by checks, long before.
   */
  responseTimeout: Milliseconds.default(900_000),
  connectTimeout: Milliseconds.default(1_000),
  drain: Milliseconds.default(30_000),
  logLevel: z.enum(["debug", "info", "warn", "error"]).default("info"),
})
export type GatewaySettings = z.infer<typeof GatewaySettings>

/** 256 MiB. */
export const defaultBodyMemory = 268_435_456

/** Answer of `GET /status` on the gateway's control socket. */
export interface GatewayStatus {
  readonly algorithm: BalancingAlgorithm
  /** ISO 8601. */
  readonly startedAt: string
  readonly draining: boolean
  readonly connections: {
    readonly open: number
    /** Closed at once, because as many as the gateway takes were open. */
    readonly refused: number
    /** How often one was not read for a while, because its client sent requests long before their turn. */
    readonly heldBack: number
  }
  /** Memory that the bodies of unanswered requests take, in bytes; beyond the limit requests are refused. */
  readonly bodies: { readonly used: number; readonly limit: number }
  readonly requests: {
    /** Those that were taken. */
    readonly total: number
    readonly active: number
    /** Sent again on another replica. */
    readonly retried: number
    /** Answers that broke after their first byte. */
    readonly broken: number
    /** Answered by the gateway itself, for want of a replica's answer. */
    readonly failed: number
    /** Not taken, by status: 503 is for want of memory for the body, the others are the client's fault. */
    readonly refused: Readonly<Record<string, number>>
  }
  readonly backends: readonly GatewayBackendStatus[]
}

export interface GatewayBackendStatus {
  readonly id: string
  readonly region: string
  readonly release: string
  readonly address: string
  /** Product of region, release and own weight. */
  readonly weight: number
  readonly state: "healthy" | "unhealthy" | "ejected" | "unknown"
  /** Why it is not healthy. */
  readonly reason?: string
  /** Whether its last check had an answer of any kind; absent before the first. */
  readonly reached?: boolean
  readonly active: number
  readonly total: number
  readonly failures: number
}

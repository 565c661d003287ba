import type net from "node:net"
import type { GatewayBackend, GatewayBackendStatus, GatewaySettings } from "../contract/index.ts"
import { ConnectionPool } from "../http/connection-pool.ts"
import type { RegionCuts } from "./faults/region-cuts.ts"
import { BackendHealth, type HealthChange, type HealthEvidence } from "./health/backend-health.ts"
import type { CheckResult } from "./health/check-backend.ts"
import { HealthChecker } from "./health/health-checker.ts"

export interface BackendObserver {
  healthChanged(backend: Backend, change: NonNullable<HealthChange>): void
  /** Checks cannot reach it any more: it will not answer what it was asked either. */
  lost(backend: Backend, reason: string): void
}

/** One replica while the gateway runs: its settings, health, connections and counts. */
export class Backend {
  readonly id: string
  readonly host: string
  readonly port: number
  region = ""
  release = ""
  weight = 0
  active = 0
  total = 0
  failures = 0
  readonly pool: ConnectionPool
  /** Opens a connection to it. */
  readonly connect: (options: net.TcpNetConnectOpts) => net.Socket
  readonly #health = new BackendHealth()
  readonly #checker: HealthChecker
  readonly #settings: () => GatewaySettings
  readonly #observer: BackendObserver

  #reached: boolean | undefined

  constructor(own: GatewayBackend, settings: () => GatewaySettings, observer: BackendObserver, cuts: RegionCuts) {
    this.id = own.id
    this.host = own.host
    this.port = own.port
    this.connect = options => cuts.connect(this.region, options)
    this.pool = new ConnectionPool({ host: own.host, port: own.port, connect: this.connect })
    this.#settings = settings
    this.#observer = observer
    this.#checker = new HealthChecker(this, () => settings().health)
    this.configure(own, settings())
  }

  /** Takes over what can change while the address stays: labels, and the product of the weights. */
  configure(own: GatewayBackend, settings: GatewaySettings): void {
    this.region = own.region
    this.release = own.release
    const regionWeight = settings.regions[own.region]?.weight ?? 1
    const releaseWeight = settings.releases[own.release]?.weight ?? 1
    this.weight = regionWeight * releaseWeight * own.weight
  }

  start(): void {
    this.#checker.start()
  }

  /** No more checks, and no connection outlives its request. */
  stop(): void {
    this.#checker.stop()
    this.pool.close()
  }

  available(now: number): boolean {
    return this.#health.available(now)
  }

  record(evidence: HealthEvidence): void {
    if (evidence.kind === "gone" || evidence.kind === "request-failed") this.failures += 1
    const change = this.#health.record(evidence, this.#settings().health)
    if (change !== undefined) this.#observer.healthChanged(this, change)
  }

  /** Whether anything came from it since then, in milliseconds of `performance.now`. */
  heardSince(time: number): boolean {
    return this.pool.heardAt > time
  }

  checked(result: CheckResult, startedAt: number): void {
    const at = performance.now()
    this.#reached = result.passed || result.failure === "not-ready"
    if (result.passed) {
      this.record({ kind: "check-passed", at, startedAt })
      return
    }
    // Who answers others meanwhile is busy, not gone: to send its requests elsewhere would only make more work.
    if (result.failure === "silent" && this.heardSince(startedAt)) return
    this.record({ kind: "check-failed", at, reason: result.reason })
    if (result.failure === "not-ready" || this.available(at)) return
    this.#observer.lost(this, result.reason)
  }

  status(now: number): GatewayBackendStatus {
    const { state, reason } = this.#health.state(now)
    return {
      id: this.id,
      region: this.region,
      release: this.release,
      address: `${this.host}:${this.port}`,
      weight: this.weight,
      state,
      ...(reason === undefined ? {} : { reason }),
      ...(this.#reached === undefined ? {} : { reached: this.#reached }),
      active: this.active,
      total: this.total,
      failures: this.failures,
    }
  }
}

import { randomUUID } from "node:crypto"
import net from "node:net"
import { defaultBodyMemory, type GatewaySettings, type GatewayStatus } from "../contract/index.ts"
import type { BackendObserver } from "./backend.ts"
import { Backends } from "./backends.ts"
import { BodyMemory } from "./client/body-memory.ts"
import { ClientConnection, type ConnectionHost } from "./client/client-connection.ts"
import { outgoingRequest } from "./client/outgoing-request.ts"
import { type TrustedProxies, trustedProxies } from "./client/trusted-proxies.ts"
import { RegionCuts } from "./faults/region-cuts.ts"
import { Exchange } from "./forwarding/exchange.ts"
import type { ForwardingContext } from "./forwarding/forwarding-context.ts"
import type { RequestLog } from "./forwarding/request-log.ts"
import { Traffic } from "./forwarding/traffic.ts"
import { notForwarded, staysInside } from "./not-forwarded.ts"
import type { Origin } from "./own-answer.ts"
import { defaultTiming, type Timing } from "./timing.ts"
import type { RequestHead } from "./wire/request-head.ts"

export interface GatewayOptions {
  readonly log: RequestLog
  readonly timing?: Timing
  /** Most connections at a time; further ones are closed at once. */
  readonly mostConnections?: number
  /** Called with true when the first backend becomes available and with false when the last one ceases to be. */
  readonly onReadiness?: (ready: boolean) => void
}

/** The gateway without process and control socket: clients on one side, backends on the other. */
export class Gateway implements ConnectionHost {
  readonly timing: Timing
  readonly traffic = new Traffic()
  readonly bodies = new BodyMemory(() => {
    const { bodyMemory = defaultBodyMemory, bodyLimit } = this.#settings
    return Math.max(bodyMemory, bodyLimit)
  })
  /** For drills. */
  readonly cuts = new RegionCuts()
  readonly #log: RequestLog
  readonly #backends: Backends
  readonly #context: ForwardingContext
  readonly #connections = new Set<ClientConnection>()
  readonly #server: net.Server
  readonly #startedAt = new Date()
  readonly #sweeper: NodeJS.Timeout
  readonly #onReadiness: (ready: boolean) => void
  #settings: GatewaySettings
  #proxies: TrustedProxies
  #draining = false
  #ready: boolean | undefined
  #emptied: (() => void) | undefined

  constructor(settings: GatewaySettings, options: GatewayOptions) {
    this.#settings = settings
    this.#proxies = trustedProxies(settings.trustedProxies)
    this.timing = options.timing ?? defaultTiming
    this.#log = options.log
    this.#onReadiness = options.onReadiness ?? (() => {})
    this.#backends = new Backends(settings, this.#observer(), this.cuts)
    this.#context = {
      settings: () => this.#settings,
      draining: () => this.#draining,
      backends: this.#backends,
      timing: this.timing,
      traffic: this.traffic,
      log: options.log,
    }
    this.#server = net.createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: 30_000 })
    this.#server.maxConnections = options.mostConnections ?? mostConnections
    this.#server.on("drop", () => {
      this.traffic.connectionsRefused += 1
    })
    this.#server.on("connection", socket => this.#connections.add(new ClientConnection(socket, this)))
    // After a time without a processor, what has come meanwhile is looked at first.
    this.#sweeper = setInterval(() => setImmediate(() => this.#sweep()), this.timing.sweep)
  }

  /** Rejects with Node's own error, such as `EADDRINUSE`. */
  listen(): Promise<net.AddressInfo> {
    const { promise, resolve, reject } = Promise.withResolvers<net.AddressInfo>()
    this.#server.once("error", reject)
    this.#server.listen({ ...this.#settings.listen, backlog: 4_096 }, () => {
      this.#server.off("error", reject)
      this.#server.on("error", error => this.#log.error({ reason: error.message }, "accepting connections failed"))
      resolve(this.#server.address() as net.AddressInfo)
    })
    return promise
  }

  /** Takes over everything except `listen` and `control`. Throws `RangeError`
   * for an unusable proxy entry or two backends of one id, and then changes nothing. */
  apply(settings: GatewaySettings): void {
    const proxies = trustedProxies(settings.trustedProxies)
    this.#backends.apply(settings)
    this.#proxies = proxies
    this.#settings = settings
    this.#tellReadiness()
  }

  /** Stops accepting and resolves when every answer is finished, or cut after the `drain` time of the settings. */
  async drain(): Promise<void> {
    this.#draining = true
    const emptied = new Promise<void>(resolve => {
      this.#emptied = resolve
    })
    this.#server.close()
    for (const connection of this.#connections) connection.drain()
    const deadline = setTimeout(() => {
      for (const connection of this.#connections) connection.interrupt()
    }, this.#settings.drain)
    if (this.#connections.size > 0) await emptied
    clearTimeout(deadline)
    clearInterval(this.#sweeper)
    this.#backends.stop()
  }

  get settings(): GatewaySettings {
    return this.#settings
  }

  get connections(): number {
    return this.#connections.size
  }

  status(): GatewayStatus {
    const { total, active, retried, broken, failed, refused, connectionsRefused, connectionsHeldBack } = this.traffic
    const { used, limit } = this.bodies
    return {
      algorithm: this.#settings.algorithm,
      startedAt: this.#startedAt.toISOString(),
      draining: this.#draining,
      connections: { open: this.connections, refused: connectionsRefused, heldBack: connectionsHeldBack },
      bodies: { used, limit },
      requests: { total, active, retried, broken, failed, refused: Object.fromEntries(refused) },
      backends: this.#backends.status(),
    }
  }

  bodyLimit(): number {
    return this.#settings.bodyLimit
  }

  origin(): Origin {
    return this.#backends.origin
  }

  draining(): boolean {
    return this.#draining
  }

  handle(head: RequestHead, body: Buffer, connection: ClientConnection): void {
    const { address } = connection
    const peer = { address, trusted: this.#proxies.trusts(address) }
    const request = outgoingRequest(head, body, { peer, proxies: this.#proxies, newId: randomUUID })
    if (staysInside(head.target)) {
      connection.write([notForwarded(request, this.origin())])
      connection.finish(request.keepAlive && !this.#draining)
      return
    }
    const exchange = new Exchange(this.#context, request, connection)
    connection.attach(exchange)
    exchange.start()
  }

  refused(status: number): void {
    this.traffic.refuse(status)
    this.#log.debug({ status }, "request refused")
  }

  heldBack(): void {
    this.traffic.connectionsHeldBack += 1
  }

  closed(connection: ClientConnection): void {
    this.#connections.delete(connection)
    if (this.#connections.size === 0) this.#emptied?.()
  }

  #sweep(): void {
    const now = performance.now()
    for (const connection of this.#connections) connection.sweep(now)
    this.#backends.sweep(now)
    this.#tellReadiness()
  }

  #observer(): BackendObserver {
    return {
      healthChanged: (backend, change) => {
        const { id, region } = backend
        if (change.kind === "recovered") this.#log.info({ backend: id, region }, "backend recovered")
        else if (change.kind === "unhealthy") {
          this.#log.warn({ backend: id, region, reason: change.reason }, "backend unhealthy")
        } else {
          const { reason, milliseconds } = change
          this.#log.warn({ backend: id, region, reason, milliseconds }, "backend ejected")
        }
        this.#tellReadiness()
      },
      // Who waits for whom is looked up here: a set that each request enters and leaves keeps what it had alive for the
      // garbage collector until a full collection, which cost a tenth of the processor time.
      lost: (backend, reason) => {
        for (const connection of this.#connections) connection.backendLost(backend, reason)
      },
    }
  }

  #tellReadiness(): void {
    const ready = this.#backends.healthy
    if (ready === this.#ready) return
    this.#ready = ready
    this.#onReadiness(ready)
  }
}

/** Beyond this many the system's own limits are near. */
const mostConnections = 20_000

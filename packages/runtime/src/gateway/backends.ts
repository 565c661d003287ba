import type { GatewayBackendStatus, GatewaySettings } from "../contract/index.ts"
import { Backend, type BackendObserver } from "./backend.ts"
import { createBalancer } from "./balancing/balancer.ts"
import type { RegionCuts } from "./faults/region-cuts.ts"
import type { Origin } from "./own-answer.ts"

/** The backends of the current settings, and the choice among them. */
export class Backends {
  #backends: readonly Backend[] = []
  #settings: GatewaySettings
  #balancer
  readonly #observer: BackendObserver
  readonly #cuts: RegionCuts

  constructor(settings: GatewaySettings, observer: BackendObserver, cuts: RegionCuts) {
    this.#settings = settings
    this.#observer = observer
    this.#cuts = cuts
    this.#balancer = createBalancer(settings.algorithm)
    this.apply(settings)
  }

  /**
   * New settings: what keeps id and address keeps its health and connections; the rest starts or retires.
   * Throws `RangeError` when two backends have the same id.
   */
  apply(settings: GatewaySettings): void {
    refuseTwins(settings)
    if (settings.algorithm !== this.#settings.algorithm) this.#balancer = createBalancer(settings.algorithm)
    this.#settings = settings
    const before = new Map(this.#backends.map(backend => [backend.id, backend]))
    this.#backends = settings.backends.map(own => {
      const known = before.get(own.id)
      if (known === undefined || known.host !== own.host || known.port !== own.port) return this.#begin(own)
      known.configure(own, settings)
      before.delete(own.id)
      return known
    })
    for (const retired of before.values()) retired.stop()
  }

  /**
   * A backend for one more attempt: a healthy one not in `tried`; when there is none, one that is not healthy (panic:
   * an answer is more likely than from nobody). Undefined when all with weight were tried.
   */
  choose(client: string, tried: ReadonlySet<Backend>): Backend | undefined {
    const now = performance.now()
    const untried = this.#backends.filter(backend => backend.weight > 0 && !tried.has(backend))
    const healthy = untried.filter(backend => backend.available(now))
    return this.#balancer.pick(healthy.length > 0 ? healthy : untried, client)
  }

  /** Whether any backend takes new requests, healthy or not. */
  get any(): boolean {
    return this.#backends.some(backend => backend.weight > 0)
  }

  get healthy(): boolean {
    const now = performance.now()
    return this.#backends.some(backend => backend.weight > 0 && backend.available(now))
  }

  /** Whether a healthy backend is left that is not in `tried`. */
  another(tried: ReadonlySet<Backend>): boolean {
    const now = performance.now()
    return this.#backends.some(backend => backend.weight > 0 && !tried.has(backend) && backend.available(now))
  }

  /** Of answers that no backend made: the release is the one that all backends have, if it is one. */
  get origin(): Origin {
    const releases = new Set(this.#backends.map(backend => backend.release))
    const [only = "none"] = releases
    return { region: "gateway", release: releases.size === 1 ? only : "none" }
  }

  status(): readonly GatewayBackendStatus[] {
    const now = performance.now()
    return this.#backends.map(backend => backend.status(now))
  }

  sweep(now: number): void {
    for (const backend of this.#backends) backend.pool.sweep(now)
  }

  stop(): void {
    for (const backend of this.#backends) backend.stop()
  }

  #begin(own: GatewaySettings["backends"][number]): Backend {
    const backend = new Backend(own, () => this.#settings, this.#observer, this.#cuts)
    backend.start()
    return backend
  }
}

function refuseTwins({ backends }: GatewaySettings): void {
  const seen = new Set<string>()
  for (const { id } of backends) {
    if (seen.has(id)) throw new RangeError(`backends: "${id}" is there twice`)
    seen.add(id)
  }
}

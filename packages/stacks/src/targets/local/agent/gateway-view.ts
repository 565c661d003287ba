import { setTimeout as delay } from "node:timers/promises"
import type { GatewayStatus } from "@chatops/runtime/contract"
import { requestOverSocket } from "./socket-request.ts"
import type { GatewaySight } from "./watcher.ts"

const lookEvery = 300
const patience = 1_000

/** What the gateway sees of the replicas, asked again and again. A gateway that does not answer says nothing. */
export class GatewayView implements GatewaySight {
  readonly #socket: string
  readonly #stop = new AbortController()
  #backends: GatewayStatus["backends"] | undefined

  constructor(socket: string) {
    this.#socket = socket
    void this.#watch()
  }

  reached(region: string): boolean | undefined {
    const known = this.#backends?.filter(backend => backend.region === region && backend.reached !== undefined)
    return known === undefined || known.length === 0 ? undefined : known.some(({ reached }) => reached === true)
  }

  served(): boolean | undefined {
    const checked = this.#backends?.filter(({ state }) => state !== "unknown")
    return checked === undefined || checked.length === 0 ? undefined : checked.some(({ state }) => state === "healthy")
  }

  stop(): void {
    this.#stop.abort(new Error("stopping"))
  }

  async #watch(): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      const either = AbortSignal.any([signal, AbortSignal.timeout(patience)])
      this.#backends = await requestOverSocket({
        socket: this.#socket,
        method: "GET",
        path: "/status",
        signal: either,
      }).then(
        ({ body }) => (body as GatewayStatus).backends,
        () => undefined,
      )
      await delay(lookEvery, undefined, { signal }).catch(() => undefined)
    }
  }
}

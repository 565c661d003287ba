import { EventEmitter } from "node:events"
import { setTimeout as delay } from "node:timers/promises"
import type { RegionPulse, RegionSight } from "../../../failover/watching.ts"
import { openOverSocket } from "./socket-request.ts"

const again = 100
/** Five times as long as one that is well is quiet, in milliseconds. */
const silence = 1_000

/** Listens to one region's supervisor. Its end is heard at once, its silence after a second. */
export class WatchedRegion extends EventEmitter<{ change: [] }> {
  readonly #socket: string
  readonly #stop = new AbortController()
  #connected = false
  #heardAt = performance.now()
  #pulse: RegionPulse | null = null

  constructor(socket: string) {
    super()
    this.#socket = socket
    void this.#watch()
  }

  get sight(): Omit<RegionSight, "reached"> {
    const isSilent = performance.now() - this.#heardAt > silence
    return { supervisor: !this.#connected ? "closed" : isSilent ? "silent" : "answers", pulse: this.#pulse }
  }

  /** What was heard before is as old as the watcher's own sleep: it is heard anew. */
  forget(): void {
    this.#heardAt = performance.now()
  }

  stop(): void {
    this.#stop.abort(new Error("stopping"))
    this.removeAllListeners()
  }

  async #watch(): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      await this.#listen().catch(() => undefined)
      if (this.#connected) {
        this.#connected = false
        this.emit("change")
      }
      await delay(again, undefined, { signal }).catch(() => undefined)
    }
  }

  async #listen(): Promise<void> {
    const { signal } = this.#stop
    const body = await openOverSocket({ socket: this.#socket, method: "GET", path: "/pulse", signal })
    let rest = ""
    for await (const chunk of body.setEncoding("utf8")) {
      const lines = (rest + chunk).split("\n")
      rest = lines.pop() ?? ""
      for (const line of lines) this.#heard(JSON.parse(line) as RegionPulse)
    }
  }

  #heard(pulse: RegionPulse): void {
    this.#connected = true
    this.#heardAt = performance.now()
    this.#pulse = pulse
    this.emit("change")
  }
}

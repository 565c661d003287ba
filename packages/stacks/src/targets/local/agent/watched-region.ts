import { EventEmitter } from "node:events"
import type { IncomingMessage } from "node:http"
import { setTimeout as delay } from "node:timers/promises"
import { RegionPulse, type RegionSight } from "../../../failover/watching.ts"
import { openOverSocket } from "./socket-request.ts"

const again = 100
/** Five times as long as one that is well is quiet, in milliseconds. */
const silence = 1_000
/** One that was not met for so long is not there, in milliseconds. */
const firstMeeting = 5_000

/** Listens to one region's supervisor. Its end is heard at once, its silence after a second. */
export class WatchedRegion extends EventEmitter<{ change: [] }> {
  readonly #socket: string
  readonly #passes: (signal: AbortSignal) => Promise<void>
  readonly #stop = new AbortController()
  #stream: IncomingMessage | undefined
  #connected = false
  /** Since when it is listened for, or was last heard. */
  #heardAt = performance.now()
  #servedAt = performance.now()
  #pulse: RegionPulse | null = null

  /** `passes` waits while the way to the region is cut: then nothing is heard, its end neither. */
  constructor(socket: string, passes: (signal: AbortSignal) => Promise<void>) {
    super()
    this.#socket = socket
    this.#passes = passes
    void this.#watch()
  }

  get sight(): Omit<RegionSight, "reached"> {
    const now = performance.now()
    const unheardFor = now - this.#heardAt
    const idleFor = this.#pulse?.serves ? null : now - this.#servedAt
    return { supervisor: this.#supervisor(unheardFor), unheardFor, idleFor, pulse: this.#pulse }
  }

  /** What was heard before is as old as the watcher's own sleep, and so is what waits to be read: it is met anew. */
  forget(): void {
    this.#pulse = null
    this.#heardAt = this.#servedAt = performance.now()
    this.#stream?.destroy()
  }

  stop(): void {
    this.#stop.abort(new Error("stopping"))
    this.removeAllListeners()
  }

  #supervisor(unheardFor: number): RegionSight["supervisor"] {
    if (this.#pulse === null) return unheardFor < firstMeeting ? "unknown" : "closed"
    if (!this.#connected) return "closed"
    return unheardFor > silence ? "silent" : "answers"
  }

  async #watch(): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      await this.#listen().catch(() => undefined)
      await this.#passes(signal).catch(() => undefined)
      if (this.#connected) {
        this.#connected = false
        this.emit("change")
      }
      await delay(again, undefined, { signal }).catch(() => undefined)
    }
  }

  async #listen(): Promise<void> {
    const { signal } = this.#stop
    await this.#passes(signal)
    const stream = await openOverSocket({ socket: this.#socket, method: "GET", path: "/pulse", signal })
    this.#stream = stream
    let rest = ""
    for await (const chunk of stream.setEncoding("utf8")) {
      await this.#passes(signal)
      const lines = (rest + chunk).split("\n")
      rest = lines.pop() ?? ""
      for (const line of lines) this.#heard(RegionPulse.parse(JSON.parse(line)))
    }
  }

  #heard(pulse: RegionPulse): void {
    this.#connected = true
    this.#heardAt = performance.now()
    if (pulse.serves) this.#servedAt = this.#heardAt
    this.#pulse = pulse
    this.emit("change")
  }
}

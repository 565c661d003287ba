import { EventEmitter } from "node:events"
import { setTimeout as delay } from "node:timers/promises"
import type pg from "pg"
import type { PrimarySight } from "../../../failover/watching.ts"
import { type ReplicationLogin, replicationClient } from "./replication-slot.ts"

/** In milliseconds. */
export interface PulseTiming {
  /** From one answer to the next question. */
  readonly beat: number
  /** Without an answer for so long, the other is silent. */
  readonly silence: number
  /** Before the next try to connect. */
  readonly again: number
  /** One that was never seen alive counts as lost only after so long: a region that starts has to find it first. */
  readonly meeting: number
}

/** By which its connections are told from those of standbys. */
export const pulseName = "chatops-pulse"

const usualTiming: PulseTiming = { beat: 250, silence: 1_000, again: 100, meeting: 5_000 }

/**
 * Watches a primary's database, from a standby's region or from its own, on a connection of its own that does nothing but ask whether
 * anybody is there. A process that ends closes it at once; what is frozen or cut off answers no more.
 */
export class PrimaryPulse extends EventEmitter<{ change: [] }> {
  readonly region: string
  readonly #login: ReplicationLogin
  readonly #timing: PulseTiming
  readonly #stop = new AbortController()
  readonly #began = performance.now()
  #state: PrimarySight["state"] = "unknown"

  constructor(region: string, login: ReplicationLogin, timing = usualTiming) {
    super()
    this.region = region
    this.#login = login
    this.#timing = timing
    void this.#watch()
  }

  get sight(): PrimarySight {
    return { region: this.region, state: this.#state }
  }

  stop(): void {
    this.#stop.abort(new Error("stopping"))
    this.removeAllListeners()
  }

  async #watch(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await this.#listen()
      await delay(this.#timing.again, undefined, { signal: this.#stop.signal }).catch(() => undefined)
    }
  }

  /** One connection, as long as it lasts. */
  async #listen(): Promise<void> {
    const client = replicationClient(this.#login, pulseName)
    const end = Promise.withResolvers<"closed">()
    client.once("end", () => end.resolve("closed"))
    try {
      let lost = await this.#within(
        client.connect().then(() => undefined),
        "refused",
      )
      while (lost === undefined && !this.#stop.signal.aborted) {
        lost = await Promise.race([end.promise, this.#within(this.#beat(client), "closed")])
        if (lost === undefined) this.#become("alive")
        // A connection that ends is told of between two beats as well.
        lost ??= await Promise.race([end.promise, this.#rest()])
      }
      if (lost !== undefined) this.#become(lost)
    } finally {
      // A silent peer would not answer a farewell either.
      ;(client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy()
    }
  }

  async #beat(client: pg.Client): Promise<undefined> {
    await client.query("IDENTIFY_SYSTEM")
  }

  async #rest(): Promise<undefined> {
    await delay(this.#timing.beat, undefined, { signal: this.#stop.signal }).catch(() => undefined)
  }

  /** What it came to: nothing when it went well in time. */
  async #within(work: Promise<undefined>, failed: "closed" | "refused"): Promise<PrimarySight["state"] | undefined> {
    const { silence } = this.#timing
    const answer = work.catch(() => failed)
    for (;;) {
      const asked = performance.now()
      const came = await Promise.race([answer, delay(silence, "silent" as const, { ref: false })])
      // Whoever had no processor for so long has not listened: the answer may be there already.
      if (came !== "silent" || performance.now() - asked < 2 * silence) return came
    }
  }

  #become(state: PrimarySight["state"]): void {
    if (this.#stop.signal.aborted || this.#state === state) return
    const isMeeting = performance.now() - this.#began < this.#timing.meeting
    if (this.#state === "unknown" && state !== "alive" && isMeeting) return
    this.#state = state
    this.emit("change")
  }
}

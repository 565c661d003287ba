import { setTimeout as delay } from "node:timers/promises"
import { isDeepStrictEqual } from "node:util"
import type { OpenTarget } from "@chatops/stacks"
import { type DrillEvent, toThousandth } from "@chatops/stacks/drill"

const lookEvery = 25

interface Observed {
  readonly target: Pick<OpenTarget, "register" | "moments" | "watcherActions">
  readonly record: (event: DrillEvent) => void
  /** When the drill began, by `performance.now()`, and in milliseconds since 1970. */
  readonly origin: number
  readonly began: number
}

/** Records what the environment itself says of what happens to it, beside what its users see. */
export class Observer {
  readonly #observed: Observed
  readonly #stop = new AbortController()
  readonly #watching: Promise<void>

  constructor(observed: Observed) {
    this.#observed = observed
    this.#watching = this.#watchRegister()
  }

  /** Ends the watching, and records what regions and the watcher noticed meanwhile. */
  async finish(signal: AbortSignal): Promise<void> {
    this.#stop.abort()
    await this.#watching
    const { target, record } = this.#observed
    for (const { region, what, at, epoch } of await target.moments(signal)) {
      const event = { event: "noticed", at: this.#toDrillTime(at), by: region, what } as const
      if (event.at >= 0) record(epoch > 0 ? { ...event, epoch } : event)
    }
    for (const { since, reason, epoch } of await target.watcherActions(signal)) {
      const at = this.#toDrillTime(Date.parse(since))
      if (at < 0) continue
      record({ event: "noticed", at, by: "watcher", what: "suspected", detail: reason })
      record({ event: "noticed", at, by: "watcher", what: "asked", epoch })
    }
  }

  /** From milliseconds since 1970, by this machine's clock. */
  #toDrillTime(at: number): number {
    return toThousandth(at - this.#observed.began)
  }

  async #watchRegister(): Promise<void> {
    const { target, record, origin } = this.#observed
    const { signal } = this.#stop
    let before: unknown
    while (!signal.aborted) {
      const register = await target.register(signal).catch(() => null)
      if (register !== null && !isDeepStrictEqual(register, before)) {
        before = register
        record({ event: "register", at: toThousandth(performance.now() - origin), register })
      }
      await delay(lookEvery, undefined, { signal }).catch(() => undefined)
    }
  }
}

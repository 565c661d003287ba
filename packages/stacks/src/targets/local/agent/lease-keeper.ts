import { uptime } from "node:os"
import { setTimeout as delay } from "node:timers/promises"
import type { Register } from "@chatops/runtime/contract"
import { isSameReign } from "../../../failover/lease.ts"
import { needsLease } from "../../../failover/protocol/leading.ts"
import type { Supervisor } from "../../../failover/protocol/supervisor.ts"

/**
 * In milliseconds. Runtimes believe a primary only after two renewals that they have seen come: the first ones come
 * quickly, because users wait for them.
 */
const settlingFor = 500
const settlingPause = 10
const checkEvery = 50
/** So often in the length of a lease afterwards. */
const renewals = 16
/** In such a part of a lease an answer has to come: one that is stuck must not be waited for until the end. */
const patienceParts = 4

interface LeaseParts {
  /** Reads the register, and tells the supervisor of it; undefined when there is no answer within so many milliseconds. */
  readonly read: (signal: AbortSignal, patience: number) => Promise<Register | undefined>
  /** Counts one more answer, for runtimes. */
  readonly renew: () => Promise<void>
  readonly onEnded: () => void
  /** Milliseconds; runs in suspend, which `performance.now` does not. */
  readonly now?: () => number
}

/**
 * Keeps the lease of a primary that acknowledges what nobody confirms (rule 11): every answer of the witness that still
 * names it is a renewal, as old as its question. Nothing is written to the witness for it. What users are told depends on
 * what runtimes see counted; that the database is stopped at the end is for what else it might be used for.
 */
export class LeaseKeeper {
  readonly #parts: LeaseParts
  #life: AbortController | undefined
  #counting: Promise<void> | undefined

  constructor(parts: LeaseParts) {
    this.#parts = parts
  }

  /** To be told of every change. */
  notice(state: Supervisor): void {
    const lease = needsLease(state) ? state.register?.lease : null
    if (lease === undefined || lease === null) this.stop()
    else if (this.#life === undefined) {
      this.#life = new AbortController()
      void this.#keep(state, lease, this.#life.signal)
    }
  }

  stop(): void {
    this.#life?.abort()
    this.#life = undefined
  }

  async #keep({ register: named }: Supervisor, lease: number, signal: AbortSignal): Promise<void> {
    const began = performance.now()
    const { now = sinceBoot } = this.#parts
    let askedAt = now()
    const watch = setInterval(() => {
      if (now() - askedAt <= lease) return
      clearInterval(watch)
      this.#parts.onEnded()
    }, checkEvery)
    signal.addEventListener("abort", () => clearInterval(watch))
    while (!signal.aborted) {
      const asked = now()
      // Only what is asked for when the one before has been counted, in a former life too, is counted.
      const mayCount = this.#counting === undefined
      const register = await this.#parts.read(signal, lease / patienceParts)
      if (signal.aborted) break
      if (register !== undefined && isSameReign(register, named)) {
        askedAt = asked
        if (mayCount) this.#count()
      }
      const settling = performance.now() - began < settlingFor
      await delay(settling ? settlingPause : lease / renewals, undefined, { signal }).catch(() => undefined)
    }
  }

  /** What cannot be counted is not counted later: the next answer says more. */
  #count(): void {
    this.#counting = this.#parts
      .renew()
      .catch(() => undefined)
      .finally(() => {
        this.#counting = undefined
      })
  }
}

const sinceBoot = (): number => uptime() * 1_000

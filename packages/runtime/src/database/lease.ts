import { setTimeout as pause } from "node:timers/promises"
import { DatabaseUnavailable, type SessionLost } from "./database-error.ts"
import { LeaseEvidence, type LeaseRow } from "./lease-evidence.ts"
import { statement } from "./statement.ts"

/** Pauses between two looks at the row, in milliseconds: while somebody waits for it, and otherwise. */
const waitingPause = 5
const usualPause = 125

export interface LeaseOptions {
  /** Reads the row, and tells when it was sent for, by `now`. Throws when it cannot be read now. */
  readonly ask: () => Promise<{ readonly asked: number; readonly row: LeaseRow | undefined }>
  /** Milliseconds; must run in suspend. */
  readonly now: () => number
}

/** Whether one primary may still be believed, as `LeaseEvidence` tells, which it keeps up to date by itself. */
export class Lease {
  readonly #options: LeaseOptions
  readonly #evidence = new LeaseEvidence()
  readonly #end = new AbortController()
  #underWay: Promise<void> | undefined

  constructor(options: LeaseOptions) {
    this.#options = options
    void this.#keep()
  }

  /**
   * Settles when what was committed or read before the call may be told. Throws `DatabaseUnavailable` when that takes
   * longer, and the reason of the end. `since`: what nobody confirms may be told only of one that was the primary then or
   * later, by the clock given.
   */
  async pass(milliseconds: number, since = Number.NEGATIVE_INFINITY): Promise<void> {
    const deadline = performance.now() + milliseconds
    const holds = () => this.#options.now() < this.#evidence.until && this.#evidence.provenAt >= since
    while (!holds()) {
      this.#end.signal.throwIfAborted()
      const left = deadline - performance.now()
      if (left <= 0)
        throw new DatabaseUnavailable("The primary's lease is not renewed, so that it may be none any more.")
      await this.#lookFor(left)
      if (!holds()) await pause(waitingPause, undefined, { signal: this.#end.signal }).catch(() => {})
    }
  }

  /** Those that wait have to ask another primary. */
  end(reason: SessionLost): void {
    this.#end.abort(reason)
  }

  /** No longer than that: the answer may be far. */
  async #lookFor(milliseconds: number): Promise<void> {
    const over = new AbortController()
    const late = pause(milliseconds, undefined, { signal: over.signal }).catch(() => {})
    await Promise.race([this.#look(), late]).finally(() => over.abort())
  }

  /** One question serves all that wait. */
  #look(): Promise<void> {
    this.#underWay ??= this.#ask().finally(() => {
      this.#underWay = undefined
    })
    return this.#underWay
  }

  async #ask(): Promise<void> {
    const answer = await this.#options.ask().catch(() => undefined)
    if (answer) this.#evidence.learn(answer.asked, answer.row)
  }

  async #keep(): Promise<void> {
    const { signal } = this.#end
    while (!signal.aborted) {
      await this.#look()
      await pause(usualPause, undefined, { signal, ref: false }).catch(() => {})
    }
  }
}

export const readLease = statement(
  "read-lease",
  "SELECT last_value AS renewal, alone, length FROM chatops.lease, chatops.lease_renewals",
)

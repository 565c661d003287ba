/**
 * Measures how long an upstream keeps us waiting. Time counts only between `begin` and `end`, so that a slow
 * consumer is never held against the upstream. One timer, armed again only when it fires: no timer work per event.
 */
export class Silence {
  readonly #onTooLong: () => void
  #limit: number
  /** Milliseconds waited since the last progress. */
  #spent = 0
  #since: number | undefined
  #timer: NodeJS.Timeout | undefined

  /** `limit` in milliseconds. `onTooLong` is called at most once per limit, never after `stop`. */
  constructor(limit: number, onTooLong: () => void) {
    this.#limit = limit
    this.#onTooLong = onTooLong
  }

  begin(): void {
    this.#since = performance.now()
    if (this.#timer === undefined) this.#arm(this.#limit - this.#spent)
  }

  end(): void {
    if (this.#since === undefined) return
    this.#spent += performance.now() - this.#since
    this.#since = undefined
  }

  /** What was waited for has come; from now on the limit is `limit`. */
  progress(limit: number): void {
    this.#spent = 0
    if (this.#since !== undefined) this.#since = performance.now()
    if (limit === this.#limit) return
    this.#limit = limit
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#since !== undefined) this.#arm(limit)
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#since = undefined
  }

  #arm(delay: number): void {
    this.#timer = setTimeout(() => this.#check(), Math.max(1, Math.ceil(delay)))
  }

  #check(): void {
    this.#timer = undefined
    if (this.#since === undefined) return
    const left = this.#limit - this.#spent - (performance.now() - this.#since)
    // Timers may fire up to a millisecond early.
    if (left > 1) this.#arm(left)
    else this.#onTooLong()
  }
}

export interface SuspicionOptions {
  /** Milliseconds. */
  readonly after: number
  readonly onChange: (suspects: boolean) => void
}

/**
 * Whether a primary may have been left: somebody has waited for it for so long, and meanwhile it acknowledged nothing to
 * anybody. One that stands still, or has a successor, closes nothing. One that is busy lets people wait, too, but others
 * come to their end: to look for its successor then would only make it busier.
 */
export class Suspicion {
  readonly #options: SuspicionOptions
  /** The longest first. */
  readonly #waits = new Set<{ readonly since: number }>()
  #acknowledged = Number.NEGATIVE_INFINITY
  #suspects = false
  #timer: NodeJS.Timeout | undefined

  constructor(options: SuspicionOptions) {
    this.#options = options
  }

  /** Somebody waits from now on. Returns how to say that the wait is over. */
  wait(): () => void {
    const wait = { since: performance.now() }
    this.#waits.add(wait)
    if (this.#timer === undefined) this.#look()
    return () => {
      this.#waits.delete(wait)
      if (this.#suspects || this.#waits.size === 0) this.#look()
    }
  }

  /** Somebody was told that what they wrote is kept. What is shown does not count: it may be as old as `maxStaleness`. */
  acknowledged(): void {
    this.#acknowledged = performance.now()
  }

  #look(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const { after } = this.#options
    const [longest] = this.#waits
    const since = Math.max(longest?.since ?? Number.POSITIVE_INFINITY, this.#acknowledged)
    const left = since + after - performance.now()
    this.#become(left <= 0)
    if (longest !== undefined) this.#timer = setTimeout(() => this.#look(), left > 0 ? left : after)
  }

  #become(suspects: boolean): void {
    if (this.#suspects === suspects) return
    this.#suspects = suspects
    this.#options.onChange(suspects)
  }
}

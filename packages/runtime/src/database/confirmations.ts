/** A commit that the primary was asked for. */
export interface Asked {
  /** Counts all that were asked, from 1. */
  readonly number: number
  /** Milliseconds of the clock given. */
  readonly at: number
}

export interface ConfirmationOptions {
  /** Milliseconds after which a confirmed commit, counted from when it was asked for, says nothing about reads any more. */
  readonly maxStaleness: number
  /** Milliseconds; must run in suspend. */
  readonly now: () => number
}

/**
 * Which commits one primary had confirmed. A confirmation shows that it was the primary at some time after it was asked
 * for, and that all that was visible until then is confirmed: a standby confirms in the order of the log, and one that
 * was promoted confirms nothing.
 */
export class Confirmations {
  readonly #options: ConfirmationOptions
  #asked = 0
  #doubted = 0
  #latest: Asked = { number: 0, at: Number.NEGATIVE_INFINITY }

  constructor(options: ConfirmationOptions) {
    this.#options = options
  }

  /** To be called before the commit is sent. */
  ask(): Asked {
    this.#asked += 1
    return { number: this.#asked, at: this.#options.now() }
  }

  /** Only of a commit that wrote: another one waits for nobody. */
  confirm(asked: Asked): void {
    if (asked.number > this.#latest.number) this.#latest = asked
  }

  /** A commit may be visible that nobody confirmed: what was asked until now does not suffice. */
  doubt(): void {
    this.#doubted = this.#asked
  }

  /** Whether what is read may be shown without asking. */
  get recent(): boolean {
    const { number, at } = this.#latest
    return number > this.#doubted && this.#options.now() - at < this.#options.maxStaleness
  }

  /** This moment, for `since`. */
  get moment(): number {
    return this.#asked
  }

  /** Whether a commit was confirmed that was asked for after that moment. */
  since(moment: number): boolean {
    return this.#latest.number > moment
  }
}

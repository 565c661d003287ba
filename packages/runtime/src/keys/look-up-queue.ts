import { DatabaseBusy } from "../database/index.ts"

/** Look-ups that wait for their turn; more are refused. */
const longestQueue = 200

/** Runs at most a few look-ups at a time, in the order in which they came. */
export class LookUpQueue {
  readonly #atOnce: number
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(atOnce: number) {
    this.#atOnce = atOnce
  }

  /** Throws `DatabaseBusy` when too many wait already, and what the look-up throws. */
  async run<T>(lookUp: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#atOnce) {
      if (this.#waiting.length >= longestQueue) throw new DatabaseBusy("Too many unknown API keys are being looked up.")
      // Whoever ends hands its place over.
      await new Promise<void>(resolve => this.#waiting.push(resolve))
    } else this.#running += 1
    try {
      return await lookUp()
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#running -= 1
      else next()
    }
  }
}

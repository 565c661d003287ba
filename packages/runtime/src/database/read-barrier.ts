import type { Confirmations } from "./confirmations.ts"
import { DatabaseUnavailable, type SessionLost } from "./database-error.ts"
import type { Backing } from "./primary-database.ts"

/** Holds back what was read from one primary until it is known that it was the primary. */
export class ReadBarrier {
  readonly #confirmations: Confirmations
  readonly #commit: () => Promise<void>
  #underWay: PromiseWithResolvers<void> | undefined
  #ended: SessionLost | undefined

  /** `commit` carries out a small commit that counts in `confirmations`. */
  constructor(confirmations: Confirmations, commit: () => Promise<void>) {
    this.#confirmations = confirmations
    this.#commit = commit
  }

  /**
   * Settles when what was read before the call may be shown. All that wait share one commit; who comes while it is under
   * way may need one more. A commit asked for after the read suffices however long it takes: the rows were the truth then.
   * Throws `DatabaseUnavailable` when it takes longer, and what the commit throws.
   */
  async pass(backing: Exclude<Backing, "nothing">, milliseconds: number): Promise<void> {
    const read = this.#confirmations.moment
    const deadline = performance.now() + milliseconds
    while (!((backing === "recent" && this.#confirmations.recent) || this.#confirmations.since(read))) {
      await within(deadline - performance.now(), this.#confirm())
    }
  }

  /** Those that wait have to ask another primary. */
  end(reason: SessionLost): void {
    this.#ended = reason
    this.#underWay?.reject(reason)
  }

  #confirm(): Promise<void> {
    if (this.#ended !== undefined) throw this.#ended
    if (this.#underWay !== undefined) return this.#underWay.promise
    const underWay = Promise.withResolvers<void>()
    this.#underWay = underWay
    // Everybody may have stopped waiting when it fails.
    underWay.promise.catch(() => {})
    this.#commit()
      .finally(() => {
        this.#underWay = undefined
      })
      .then(underWay.resolve, underWay.reject)
    return underWay.promise
  }
}

async function within(milliseconds: number, confirmed: Promise<void>): Promise<void> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(
    () => reject(new DatabaseUnavailable("The primary has no commit confirmed, so that it may be none any more.")),
    milliseconds,
  )
  try {
    await Promise.race([confirmed, late])
  } finally {
    clearTimeout(timer)
  }
}

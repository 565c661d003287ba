import { countsPerGrant } from "../contract/index.ts"

/** What a primary's supervisor tells runtimes, in the one row of `chatops.lease` and in `chatops.lease_renewals`. */
export interface LeaseRow {
  /**
   * Counts the answers of the witness that still named this primary, each asked for after the one before was counted.
   * Above `countsPerGrant` stands who counts, made new whenever counting begins anew: counts of different grants say
   * nothing about one another.
   */
  readonly renewal: number
  /** Nobody else confirms what is acknowledged. False: another region does, and the witness knows which. */
  readonly alone: boolean
  /** Milliseconds that a region waits before it takes over what nobody confirmed. */
  readonly length: number
}

const grantOf = (renewal: number): number => Math.floor(renewal / countsPerGrant)

interface Sight {
  /** When the row was asked for. */
  readonly asked: number
  readonly renewal: number
}

/**
 * Until when what one primary says may be told to users (rule 11 of the failover protocol), by one's own clock alone.
 *
 * A region that was not in sync, and claims, waits a lease from its claim on. A row that says "not alone" is older than
 * the claim, for the supervisor says "alone" before the witness may let such a claim in: good for a lease from when it
 * was asked for. While alone each number is an answer of the witness. Whoever saw n, and sees n + 2 now, knows that n + 1
 * was counted after it had asked, and the question behind n + 2 was sent later still: so long no such claim was there.
 */
export class LeaseEvidence {
  #until = Number.NEGATIVE_INFINITY
  #provenAt = Number.NEGATIVE_INFINITY
  #alone = false
  /** While alone, in the order of their numbers: those that two more renewals would bear out. */
  #sights: Sight[] = []

  /** Milliseconds of the clock that `asked` is of. */
  get until(): number {
    return this.#until
  }

  /**
   * The latest time at which it is known to have been the primary, by that clock. Infinite while a region in sync confirms
   * what it says: then that tells.
   */
  get provenAt(): number {
    return this.#alone ? this.#provenAt : Number.POSITIVE_INFINITY
  }

  /** `asked`: when it was asked for, and not when the answer came. Undefined: there is no row. */
  learn(asked: number, row: LeaseRow | undefined): void {
    if (row === undefined) return
    const { renewal, alone, length } = row
    this.#alone = alone
    if (!alone) {
      this.#sights = []
      this.#prove(asked, length)
      return
    }
    const own = this.#sights.filter(sight => grantOf(sight.renewal) === grantOf(renewal))
    for (const sight of own) if (sight.renewal + 2 <= renewal) this.#prove(sight.asked, length)
    // Of those with the same number the latest says most; of those that were borne out nothing more is to be learned.
    this.#sights = own.filter(sight => sight.renewal + 2 > renewal && sight.renewal !== renewal)
    this.#sights.push({ asked, renewal })
  }

  #prove(at: number, length: number): void {
    this.#until = Math.max(this.#until, at + length)
    this.#provenAt = Math.max(this.#provenAt, at)
  }
}

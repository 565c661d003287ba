import { randomUUID } from "node:crypto"
import { type PrimaryDatabase, statement } from "../database/index.ts"
import type { Presence } from "./presence.ts"
import { type KeyRow, takeKey } from "./take-key.ts"

/** The right to make the turn of one idempotency key; lost when another replica takes it over. */
export interface KeyClaim {
  readonly tenant: string
  readonly key: string
  /** Tells this attempt from all others. */
  readonly attempt: string
}

export type KeyOutcome =
  /** Make the turn; then save it with the claim, or give the claim back. */
  | { readonly state: "claimed"; readonly claim: KeyClaim }
  /** The turn is made, and was durable before this was returned. */
  | { readonly state: "done"; readonly resultId: string }
  | { readonly state: "other_body" }

/** `Idempotency-Key`s, per tenant, for 24 hours after the first request. */
export interface IdempotencyKeys {
  /**
   * Waits while another request with that key is in flight, wherever it runs, and takes over when its replica died.
   * Throws `DatabaseUnavailable`, `CommitUnknown`, and the signal's reason.
   */
  claim(tenant: string, key: string, bodyHash: Buffer, signal: AbortSignal): Promise<KeyOutcome>
  /** The turn failed: the next request with that key tries anew. Never throws; repeated until the database took it. */
  giveBack(claim: KeyClaim): void
  /** The turn was saved while others were waiting for it. */
  announce(claim: KeyClaim): void
  /** Whether a repeat has asked for the turn meanwhile, here or elsewhere. Throws `DatabaseUnavailable`. */
  isAwaited(claim: KeyClaim): Promise<boolean>
}

export function createIdempotencyKeys(database: PrimaryDatabase, presence: Presence): IdempotencyKeys {
  return new Keys(database, presence)
}

class Keys implements IdempotencyKeys {
  readonly #database: PrimaryDatabase
  readonly #presence: Presence

  constructor(database: PrimaryDatabase, presence: Presence) {
    this.#database = database
    this.#presence = presence
  }

  async claim(tenant: string, key: string, bodyHash: Buffer, signal: AbortSignal): Promise<KeyOutcome> {
    const attempt = randomUUID()
    let deadAttempt: string | undefined
    // Listening starts before the look at the row, so that its end cannot fall between the two.
    using news = this.#presence.awaitKey(nameOf(tenant, key))
    for (;;) {
      signal.throwIfAborted()
      const row = await this.#take({ tenant, key, attempt }, bodyHash, deadAttempt)
      if (row.attempt === attempt) return { state: "claimed", claim: { tenant, key, attempt } }
      if (!row.same_body) return { state: "other_body" }
      if (row.state === "done" && row.result_id !== null) return { state: "done", resultId: row.result_id }
      const end = await news.settled(row.owner, signal)
      deadAttempt = end === "owner_died" ? row.attempt : undefined
    }
  }

  giveBack(claim: KeyClaim): void {
    void this.#giveBack(claim)
  }

  announce(claim: KeyClaim): void {
    this.#presence.announceKey(nameOf(claim.tenant, claim.key))
  }

  async isAwaited({ tenant, key, attempt }: KeyClaim): Promise<boolean> {
    const [row] = await this.#database.read<{ awaited: boolean }>(readAwaited, [tenant, key, attempt], "nothing")
    return row?.awaited === true
  }

  /**
   * An upsert that always writes: its commit waits as the first request's did, so that nothing is answered from rows
   * that are not confirmed (rule 6 of the failover protocol). Repeating it is harmless, for the attempt names itself.
   */
  async #take(claim: KeyClaim, bodyHash: Buffer, deadAttempt: string | undefined): Promise<KeyRow> {
    const { tenant, key, attempt } = claim
    try {
      const [row] = await this.#database.commit<KeyRow>({
        statement: takeKey,
        values: epoch => [tenant, key, bodyHash, this.#presence.instance, attempt, deadAttempt, epoch],
        repeatable: true,
      })
      if (row !== undefined) return row
      throw new Error("The claim of an idempotency key returned no row.")
    } catch (error) {
      // It may have been written all the same, and nobody takes over from a living owner.
      this.giveBack(claim)
      throw error
    }
  }

  async #giveBack(claim: KeyClaim): Promise<void> {
    for (;;) {
      try {
        const [row] = await this.#database.commit<{ epoch: number; awaited: boolean | null }>({
          statement: free,
          values: epoch => [claim.tenant, claim.key, claim.attempt, epoch],
          repeatable: true,
        })
        if (row?.awaited === true) this.announce(claim)
        return
      } catch {
        // Until this succeeds, repeats wait: its outcome decides whether a turn exists that may be replayed.
        if (!(await this.#presence.nextChance())) return
      }
    }
  }
}

/** A tenant's name holds no NUL, and neither does a header. */
const nameOf = (tenant: string, key: string): string => `${tenant}\0${key}`

const readAwaited = statement(
  "read-key-awaited",
  "SELECT awaited FROM chatops.idempotency_keys WHERE tenant = $1 AND key = $2 AND attempt = $3",
)

const free = statement(
  "free-idempotency-key",
  `WITH now_epoch AS MATERIALIZED (SELECT epoch FROM chatops.epoch WHERE epoch >= $4),
   freed AS (
     DELETE FROM chatops.idempotency_keys USING now_epoch
     WHERE tenant = $1 AND key = $2 AND attempt = $3 AND state = 'in_flight'
     RETURNING awaited
   )
   SELECT epoch, (SELECT awaited FROM freed) AS awaited FROM now_epoch`,
)

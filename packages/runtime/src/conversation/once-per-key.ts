import { randomUUID } from "node:crypto"
import { statement, type Transaction } from "../database/index.ts"
import { type KeyRow, takeKey } from "./take-key.ts"

/** An idempotency key with what it stands for. */
export interface KeyUse {
  readonly tenant: string
  readonly key: string
  /** SHA-256 of the route and the body's bytes. */
  readonly bodyHash: Buffer
}

/** The key was used before, with another request. */
export class KeyReused extends Error {
  override readonly name = "KeyReused"
}

export interface Work<T, Ids> {
  make(): Promise<T>
  /** What is kept with the key: ids as JSON, never what was said, for that has to go when it is deleted. */
  idsOf(made: T): Ids
  /** What a repeat gets, read from what is there now. */
  find(ids: Ids): Promise<T>
}

/**
 * Does at most once for a key what takes no longer than its transaction; a repeat finds what was made.
 * Two at a time queue up at the key's row. Throws `KeyReused`.
 */
export async function oncePerKey<T, Ids>(
  transaction: Transaction,
  use: KeyUse | undefined,
  work: Work<T, Ids>,
): Promise<T> {
  if (use === undefined) return await work.make()
  const attempt = randomUUID()
  const values = [use.tenant, use.key, use.bodyHash, "transaction", attempt, null, transaction.epoch]
  const [row] = await transaction.run<KeyRow>(takeKey, values)
  if (row === undefined) throw new Error("The claim of an idempotency key returned no row.")
  if (row.attempt !== attempt) {
    if (!row.same_body || row.state !== "done")
      throw new KeyReused("The Idempotency-Key was used with another request.")
    return await work.find(row.result as Ids)
  }
  const made = await work.make()
  await transaction.run(finishKey, [use.tenant, use.key, JSON.stringify(work.idsOf(made))])
  return made
}

const finishKey = statement(
  "finish-idempotency-key",
  "UPDATE chatops.idempotency_keys SET state = 'done', result = $3 WHERE tenant = $1 AND key = $2",
)

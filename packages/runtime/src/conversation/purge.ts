import { type PrimaryDatabase, statement } from "../database/index.ts"

/** Milliseconds. */
const every = 10 * 60_000

/** Deletes expired idempotency keys, tokens and sessions from time to time. Returns how to stop. */
export function startPurging(database: PrimaryDatabase, onError: (error: unknown) => void): () => void {
  const timer = setInterval(() => void purge(database).catch(onError), every)
  timer.unref()
  return () => clearInterval(timer)
}

/** Returns how many rows went. Throws `DatabaseUnavailable` and `CommitUnknown`. */
export async function purge(database: PrimaryDatabase): Promise<number> {
  const [row] = await database.transaction(transaction => transaction.run<{ purged: number }>(purgeExpired))
  return row?.purged ?? 0
}

const purgeExpired = statement("purge-expired", "SELECT chatops.purge() AS purged")

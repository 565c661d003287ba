import { setTimeout as pause } from "node:timers/promises"
import { type PrimaryDatabase, statement } from "../database/index.ts"

/** Milliseconds. */
const every = 10 * 60_000
/** Most rows of one kind that go in one transaction. */
const largestBatch = 5_000
/** Milliseconds between two batches, in which others get to the database. */
const betweenBatches = 20

/** Deletes expired idempotency keys, tokens and sessions from time to time. Returns how to stop. */
export function startPurging(database: PrimaryDatabase, onError: (error: unknown) => void): () => void {
  const stopping = new AbortController()
  let running = false
  const run = async () => {
    if (running) return
    running = true
    await purge(database, { signal: stopping.signal }).catch(onError)
    running = false
  }
  const timer = setInterval(() => void run(), every)
  timer.unref()
  return () => {
    clearInterval(timer)
    stopping.abort()
  }
}

export interface PurgeOptions {
  readonly batch?: number
  /** Stops after the batch that is under way. */
  readonly signal?: AbortSignal
}

/**
 * Deletes all that has expired, batch after batch, for as many rows may expire in a while as came in one. Returns how
 * many rows went. Throws `DatabaseUnavailable` and `CommitUnknown`.
 */
export async function purge(
  database: PrimaryDatabase,
  { batch = largestBatch, signal }: PurgeOptions = {},
): Promise<number> {
  let total = 0
  for (;;) {
    const [row] = await database.transaction(transaction => transaction.run<{ purged: number }>(purgeExpired, [batch]))
    const purged = row?.purged ?? 0
    total += purged
    if (purged < batch || signal?.aborted) return total
    await pause(betweenBatches)
  }
}

const purgeExpired = statement("purge-expired", "SELECT chatops.purge($1) AS purged")

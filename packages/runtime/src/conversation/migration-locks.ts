import { setTimeout as pause } from "node:timers/promises"
import pg from "pg"

/**
 * How a step waits for its locks, in milliseconds. Everybody who comes after a step that waits for ACCESS EXCLUSIVE
 * waits behind it, also those whom the current holder would not disturb: so it waits briefly, makes room, and tries
 * again later.
 */
export interface LockPatience {
  /** Longest wait for one lock. Longer than `deadlock_timeout`, after which PostgreSQL ends an autovacuum in the way. */
  readonly wait: number
  /** Between two tries, doubled each time, */
  readonly firstPause: number
  /** up to this. */
  readonly longestPause: number
  /** No try begins after this time. */
  readonly total: number
}

/**
 * Requests are held up for 1.5 s at most, far below their statements' timeout of 5 s, at first two seconds apart and
 * later 5.5 s; after a minute the step is given up. Whoever watches a migration has more patience than that.
 */
export const usualLockPatience: LockPatience = { wait: 1_500, firstPause: 500, longestPause: 4_000, total: 60_000 }

/** A step did not get its locks. Nothing of it was applied. */
export class SchemaInUse extends Error {
  override readonly name = "SchemaInUse"
  readonly code = "SCHEMA_IN_USE"
}

/** Runs the step in one transaction, and again when it waited in vain for a lock. Throws `SchemaInUse`. */
export async function withLocks(
  client: pg.Client,
  step: string,
  work: () => Promise<void>,
  { wait, firstPause, longestPause, total }: LockPatience,
): Promise<void> {
  const began = performance.now()
  const holders = new Holders(client)
  for (let between = firstPause; ; between = Math.min(2 * between, longestPause)) {
    try {
      await client.query("BEGIN")
      await client.query("SELECT set_config('lock_timeout', $1, true)", [String(wait)])
      await work()
      await client.query("COMMIT")
      return
    } catch (error) {
      await client.query("ROLLBACK").catch(() => {})
      if (!waitedInVain(error)) throw error
      await holders.look()
      if (performance.now() - began + between > total) throw schemaInUse(step, total, holders, error)
      await pause(between)
    }
  }
}

/** lock_not_available, deadlock_detected. */
const waitedInVain = (error: unknown): boolean =>
  error instanceof pg.DatabaseError && ["55P03", "40P01"].includes(error.code ?? "")

/** Transactions that held locks on our tables whenever one looked: traffic comes and goes, these stay. */
class Holders {
  readonly #client: pg.Client
  #held: Map<string, string> | undefined

  constructor(client: pg.Client) {
    this.#client = client
  }

  /** `pid 4711 (psql)` */
  get names(): readonly string[] {
    return [...(this.#held?.values() ?? [])]
  }

  async look(): Promise<void> {
    const { rows } = await this.#client.query<{ transaction: string; name: string }>(lockHolders)
    const now = new Map(rows.map(({ transaction, name }) => [transaction, name]))
    this.#held = new Map([...now].filter(([transaction]) => this.#held?.has(transaction) ?? true))
  }
}

const lockHolders = `
SELECT DISTINCT l.virtualtransaction AS transaction,
  concat_ws(' ', 'pid', l.pid, '(' || nullif(a.application_name, '') || ')') AS name
FROM pg_locks l
JOIN pg_class c ON c.oid = l.relation AND c.relnamespace = 'chatops'::regnamespace
LEFT JOIN pg_stat_activity a ON a.pid = l.pid
WHERE l.granted AND l.pid IS DISTINCT FROM pg_backend_pid()
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())`

function schemaInUse(step: string, total: number, holders: Holders, cause: unknown): SchemaInUse {
  const who = holders.names.length === 0 ? "others" : holders.names.join(", ")
  const message = `Step ${step} got no lock on a table within ${total / 1_000} s, for ${who} held on to it; try again once they have ended.`
  return new SchemaInUse(message, { cause })
}

import type { RegionDatabase } from "./region-database.ts"

/** Seconds that a statement of this role has been at work; null when none is, or it only waits for a lock. */
export async function secondsAtWork(database: Pick<RegionDatabase, "query">, role: string): Promise<number | null> {
  const { rows } = await database.query("postgres", client =>
    client.query<{ seconds: number | null }>(
      `select floor(extract(epoch from max(clock_timestamp() - query_start)))::int as seconds from pg_stat_activity
        where usename = $1 and state = 'active' and wait_event_type is distinct from 'Lock'`,
      [role],
    ),
  )
  return rows[0]?.seconds ?? null
}

import { setTimeout as delay } from "node:timers/promises"
import type { RegionDatabase } from "./region-database.ts"

export interface ReplicationProgress {
  /** On a standby: whether WAL arrives. On a primary always false. */
  readonly streaming: boolean
}

const query = `
  select pg_is_in_recovery() and exists (select from pg_stat_wal_receiver where status = 'streaming') as streaming`

/** What a standby receives, as it knows itself. */
export async function replicationProgress(database: RegionDatabase): Promise<ReplicationProgress> {
  const { rows } = await database.query("postgres", client => client.query<ReplicationProgress>(query))
  return { streaming: rows[0]?.streaming === true }
}

/** The state is wanted soon, however slow the database is. */
const progressDeadline = 1_000

/** The same, or nothing when the database does not say it in time. */
export function progressSoon(database: RegionDatabase): Promise<ReplicationProgress | undefined> {
  const tooLate = delay(progressDeadline, undefined, { ref: false })
  return Promise.race([replicationProgress(database).catch(() => undefined), tooLate])
}

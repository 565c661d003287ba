import { setTimeout as delay } from "node:timers/promises"
import type { RegionDatabase } from "./region-database.ts"

export interface ReplicationProgress {
  /** On a standby: whether WAL arrives. On a primary always false. */
  readonly streaming: boolean
  /** Bytes received and not yet replayed, plus bytes the primary reported and this standby lacks; null on a primary. */
  readonly lagBytes: number | null
}

const query = `
  select pg_is_in_recovery() as standby,
         exists (select from pg_stat_wal_receiver where status = 'streaming') as streaming,
         case when pg_is_in_recovery() then
           greatest(0, pg_wal_lsn_diff(
             coalesce((select latest_end_lsn from pg_stat_wal_receiver), pg_last_wal_receive_lsn()),
             pg_last_wal_replay_lsn()))::float8
         end as lag`

/** How far a standby is behind, as it knows itself. */
export async function replicationProgress(database: RegionDatabase): Promise<ReplicationProgress> {
  const { rows } = await database.query("postgres", client => client.query(query))
  const row = rows[0] as { standby: boolean; streaming: boolean; lag: number | null }
  return { streaming: row.standby && row.streaming, lagBytes: row.lag }
}

/** The state is wanted soon, however slow the database is. */
const progressDeadline = 1_000

/** The same, or nothing when the database does not say it in time. */
export function progressSoon(database: RegionDatabase): Promise<ReplicationProgress | undefined> {
  const tooLate = delay(progressDeadline, undefined, { ref: false })
  return Promise.race([replicationProgress(database).catch(() => undefined), tooLate])
}

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

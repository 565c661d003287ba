/**
 * Walsenders whose standby follows this primary's present timeline; columns as in `pg_stat_replication`. One that only
 * asks for an older one shows as streaming as well, and reports positions that may be beyond where that timeline was
 * left: a former primary's, which hold what nobody else does. The command that a walsender carries out names the timeline.
 */
export const followers = `(
  select replication.* from pg_stat_replication replication join pg_stat_activity activity using (pid)
   where replication.state = 'streaming'
     and activity.query like '% TIMELINE ' || ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int
) as followers`

import type pg from "pg"
import * as z from "zod"
import { mostTurnsCounted, type ReplicationLag } from "../../../environment-state.ts"
import { walBytes } from "../../../wal-position.ts"
import type { CommitHistory } from "./commit-history.ts"

/** How far a standby has come, as it tells itself. */
export const ReplayedPosition = z.strictObject({
  /** As PostgreSQL writes it: `0/16B3748`. */
  position: z.string(),
  /** When the newest commit that it replayed was made, in milliseconds since 1970; null: none since it started. */
  committedAt: z.number().nullable(),
  /** It holds so many turns … */
  turns: z.int().min(0),
  /** … that were completed after this time, as PostgreSQL writes it. */
  turnsAfter: z.string(),
})
export type ReplayedPosition = z.infer<typeof ReplayedPosition>

/**
 * Turns are committed nearly in the order in which they are completed: one that a standby lacks was not completed longer
 * than this before the newest one that it holds. So only that many have to be compared, by an index.
 */
const disorder = "10 minutes"

const replayed = `
  with compared as (
    select coalesce(max(completed_at) - interval '${disorder}', '-infinity') as after from chatops.turns
  )
  select (select count(*)::int from chatops.turns, compared where completed_at > after) as turns,
         (select after::text from compared) as "turnsAfter",
         extract(epoch from pg_last_xact_replay_timestamp())::float8 * 1000 as "committedAt",
         pg_last_wal_replay_lsn()::text as position`

/** On a standby, in the runtimes' database. Throws what `pg` throws. */
export async function replayedPosition(client: pg.Client): Promise<ReplayedPosition> {
  return ReplayedPosition.parse((await client.query(replayed)).rows[0])
}

const lacking = `
  select pg_wal_lsn_diff(pg_current_wal_flush_lsn(), $1)::float8 as bytes,
         (select count(*)::int from (select from chatops.turns where completed_at > $2::timestamptz limit $3) t) as turns`

/** On the primary, of a standby that was asked before. Null: the standby has WAL that is not of this primary's history. */
export async function replicationLag(
  client: pg.Client,
  standby: ReplayedPosition,
  history: CommitHistory,
): Promise<ReplicationLag | null> {
  const limit = standby.turns + mostTurnsCounted
  const { rows } = await client.query<{ bytes: number; turns: number }>(lacking, [
    standby.position,
    standby.turnsAfter,
    limit,
  ])
  const [row] = rows
  if (row === undefined || row.bytes < 0) return null
  if (row.bytes === 0) return { bytes: 0, seconds: 0, turns: 0 }
  const seconds = age(standby, history) / 1_000
  return { bytes: row.bytes, seconds, turns: Math.max(0, row.turns - standby.turns) }
}

/** Milliseconds. */
function age({ position, committedAt }: ReplayedPosition, history: CommitHistory): number {
  const bytes = walBytes(position)
  const first = history.firstBeyond(bytes)
  if (first === undefined) return 0
  const known = performance.now() - first
  const atMost = committedAt === null ? 0 : Date.now() - committedAt
  return Math.round(history.beginsBeyond(bytes) ? Math.max(known, atMost) : known)
}

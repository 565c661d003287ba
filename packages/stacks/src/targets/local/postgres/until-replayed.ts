import { setTimeout as delay } from "node:timers/promises"
import { walBytes } from "../../../wal-position.ts"
import type { RegionDatabase } from "./region-database.ts"

/** In milliseconds. */
const lookEvery = 200
const patience = 120_000

/**
 * Resolves once this standby shows everything that its primary has written by now, and follows its present timeline: a
 * position of another one would prove nothing. Throws what `pg` throws, and when it takes minutes.
 */
export async function untilReplayed(
  database: Pick<RegionDatabase, "query" | "following">,
  primary: string,
  signal: AbortSignal,
): Promise<void> {
  const enough = walBytes(await database.following.flushed(primary))
  for (const began = performance.now(); performance.now() - began < patience; ) {
    const { rows } = await database.query("postgres", client =>
      client.query<{ position: string }>("select pg_last_wal_replay_lsn()::text as position"),
    )
    const [row] = rows
    if (row && walBytes(row.position) >= enough && (await database.following.follows(primary))) return
    await delay(lookEvery, undefined, { signal })
  }
  throw new Error(`this region has not replayed what ${primary} has written`)
}

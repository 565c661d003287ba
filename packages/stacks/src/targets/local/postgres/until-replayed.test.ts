import { expect, it } from "vitest"
import { scratchRegions } from "../../../testing/scratch-regions.ts"
import { untilTrue } from "../agent/until.ts"
import type { RegionDatabase } from "./region-database.ts"
import { prepareRoles } from "./roles.ts"
import { untilReplayed } from "./until-replayed.ts"

const soon = () => AbortSignal.timeout(40_000)

async function sql<Row>(database: RegionDatabase, text: string): Promise<Row[]> {
  return (await database.query("chatops", client => client.query(text))).rows as Row[]
}

it("waits until a standby shows what its primary had, and not merely until it has received it", async () => {
  const { east, west } = await scratchRegions()
  await east.database.initialise()
  await east.database.start(undefined, soon())
  await prepareRoles(east.database, east.spec.database)
  await sql(east.database, "create table t (n int)")
  await west.database.copyFrom("east", soon())
  await west.database.start("east", soon())
  await untilTrue(undefined, () => west.database.following.follows("east"), soon())
  await sql(west.database, "select pg_wal_replay_pause()")
  await sql(east.database, "insert into t values (1)")
  const [flushed] = await sql<{ at: string }>(east.database, "select pg_current_wal_flush_lsn()::text as at")

  const shown = untilReplayed(west.database, "east", soon()).then(() => sql(west.database, "select n from t"))
  const received = `select pg_last_wal_receive_lsn() >= '${flushed?.at}'::pg_lsn as whole`
  await untilTrue(
    undefined,
    async () => (await sql<{ whole: boolean }>(west.database, received))[0]?.whole === true,
    soon(),
  )
  await sql(west.database, "select pg_wal_replay_resume()")
  expect(await shown).toEqual([{ n: 1 }])
}, 90_000)

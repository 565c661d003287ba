import { expect, it } from "vitest"
import { scratchRegions } from "../../../testing/scratch-regions.ts"
import { untilTrue } from "../agent/until.ts"
import type { RegionDatabase } from "./region-database.ts"
import { prepareRoles } from "./roles.ts"
import { untilReplayed } from "./until-replayed.ts"

const soon = () => AbortSignal.timeout(40_000)

const sql = async (database: RegionDatabase, text: string) =>
  (await database.query("chatops", client => client.query(text))).rows

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
  let looks = 0
  const query: RegionDatabase["query"] = (name, work) => {
    looks++
    return west.database.query(name, work)
  }
  const shown = untilReplayed({ query, following: west.database.following }, "east", soon()).then(() =>
    sql(west.database, "select n from t"),
  )
  let over = false
  void shown.finally(() => (over = true)).catch(() => undefined)
  await untilTrue(undefined, () => looks > 2 || over, soon())
  await sql(west.database, "select pg_wal_replay_resume()")
  expect(await shown).toEqual([{ n: 1 }])
}, 90_000)

import { setTimeout as delay } from "node:timers/promises"
import { expect, it } from "vitest"
import { scratchRegions } from "../../../testing/scratch-regions.ts"
import { untilTrue } from "../agent/until.ts"
import { followers } from "./followers.ts"
import { prepareRoles } from "./roles.ts"

const soon = () => AbortSignal.timeout(30_000)

it("does not take a former primary, whose history is another, for one that follows", async () => {
  const { east, west } = await scratchRegions()
  await east.database.initialise()
  await east.database.start(undefined, soon())
  await prepareRoles(east.database, east.spec.database)
  await west.database.copyFrom("east", soon())
  await west.database.start("east", soon())
  const namesIn = async (relation: string) => {
    const { rows } = await west.database.query("postgres", client =>
      client.query<{ name: string }>(`select application_name as name from ${relation}`),
    )
    return rows.map(({ name }) => name)
  }
  await untilTrue(undefined, () => west.database.following.follows("east"), soon())
  // What both have of the segment in which the timelines part: the former primary asks for it again and again.
  const write = (text: string) => east.database.query("postgres", client => client.query(text))
  await write("create table t (n int); insert into t select n from generate_series(1, 100000) n")
  const rows = () =>
    west.database.query("postgres", async client => (await client.query("select count(*)::int as n from t")).rows[0].n)
  await untilTrue(undefined, async () => (await rows().catch(() => 0)) === 100_000, soon())

  await west.database.promote("nobody", soon())
  // What nobody else has lies beyond where the new primary's timeline begins, in the same segment.
  await write("insert into t values (-1)")
  await east.database.stop()
  await east.database.becomeStandby("west")
  await east.database.start("west", soon())
  const seen = { streaming: 0, following: 0 }
  await untilTrue(
    undefined,
    async () => {
      seen.streaming += (await namesIn("pg_stat_replication where state = 'streaming'")).length
      seen.following += (await namesIn(followers)).length
      await delay(1)
      return seen.streaming > 0
    },
    soon(),
  )
  expect(seen.following).toBe(0)
  expect(await east.database.following.follows("west")).toBe(false)
  expect(await east.database.following.hasDiverged("west")).toBe(true)

  await east.database.stop()
  await east.database.copyFrom("west", soon())
  await east.database.start("west", soon())
  await untilTrue(undefined, async () => (await namesIn(followers)).length === 1, soon())
  expect(await east.database.following.follows("west")).toBe(true)
}, 60_000)

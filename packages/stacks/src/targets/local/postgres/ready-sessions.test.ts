import type pg from "pg"
import { expect, it } from "vitest"
import { scratchRegions } from "../../../testing/scratch-regions.ts"
import { untilTrue } from "../agent/until.ts"
import type { RegionDatabase } from "./region-database.ts"
import { prepareRoles } from "./roles.ts"

const soon = () => AbortSignal.timeout(40_000)

const pidOf = async (client: pg.Client): Promise<number> =>
  (await client.query<{ pid: number }>("select pg_backend_pid() as pid")).rows[0]?.pid ?? 0
const readyPid = (database: RegionDatabase) => database.ask("postgres", pidOf)

async function started(): Promise<RegionDatabase> {
  const { database } = (await scratchRegions()).east
  await database.initialise()
  await database.start(undefined, soon())
  return database
}

it("asks again on the session that is there, and gives two that ask at once a session each", async () => {
  const database = await started()
  const first = await readyPid(database)
  expect(await readyPid(database)).toBe(first)
  const both = await database.ask("postgres", async client => [await pidOf(client), await readyPid(database)])
  expect(new Set(both).size).toBe(2)
})

it("keeps no session whose work failed: nobody knows what it was left in", async () => {
  const database = await started()
  const first = await readyPid(database)
  await expect(database.ask("postgres", client => client.query("begin; select 1 / 0"))).rejects.toThrow("division")
  expect(await readyPid(database)).not.toBe(first)
})

it("begins another where the server has ended one, at rest or under way", async () => {
  const database = await started()
  const end = (pid: number) =>
    database.query("postgres", async client => {
      await client.query("select pg_terminate_backend($1)", [pid])
      const left = async () => (await client.query("select from pg_stat_activity where pid = $1", [pid])).rowCount
      await untilTrue(undefined, async () => (await left()) === 0, soon())
    })
  const first = await readyPid(database)
  await end(first)
  const second = await readyPid(database)
  expect(second).not.toBe(first)
  await database.ask("postgres", async client => {
    const ended = new Promise(resolve => client.once("end", resolve))
    await end(second)
    await ended
  })
  expect(await readyPid(database)).not.toBe(second)
})

it("keeps none over a stop of the server", async () => {
  const database = await started()
  await readyPid(database)
  await database.stop()
  await database.start(undefined, soon())
  expect(await readyPid(database)).toBeGreaterThan(0)
})

it("has a standby's sessions ready before it is promoted, and takes writes on them afterwards", async () => {
  const { east, west } = await scratchRegions()
  await east.database.initialise()
  await east.database.start(undefined, soon())
  await prepareRoles(east.database, east.spec.database)
  await west.database.copyFrom("east", soon())
  await west.database.start("east", soon())
  const waiting = async () => {
    const text = `select pid from pg_stat_activity where application_name = 'chatops-supervisor'
                     and datname = current_database() and pid <> pg_backend_pid()`
    const { rows } = await west.database.query("postgres", client => client.query<{ pid: number }>(text))
    return rows.map(({ pid }) => pid)
  }
  await untilTrue(undefined, async () => (await waiting()).length === 1, soon())
  const [ready] = await waiting()
  await west.database.promote("nobody", soon())
  const writer = await west.database.ask("postgres", async client => {
    await client.query("create table t (n int)")
    return pidOf(client)
  })
  expect(writer).toBe(ready)
})

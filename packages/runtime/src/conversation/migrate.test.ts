import { beforeAll, beforeEach, describe, expect, test } from "vitest"
import { type Postgres, startPostgres, type TestDatabase } from "../testing/postgres.ts"
import { migrate } from "./migrate.ts"
import { migrations } from "./migrations/index.ts"
import type { Migration } from "./migrations/migration.ts"

let postgres: Postgres
let database: TestDatabase

beforeAll(async () => {
  postgres = await startPostgres()
  await (await postgres.createDatabase()).query("CREATE ROLE runtime LOGIN PASSWORD 'runtime'")
  return () => postgres[Symbol.asyncDispose]()
})
beforeEach(async () => {
  database = await postgres.createDatabase()
})

const run = (steps?: readonly Migration[]) => migrate({ ...database, runtimeRole: "runtime" }, steps)
const next: Migration = { version: migrations.length + 1, name: "next", sql: "CREATE TABLE chatops.next ()" }
const asRuntime = async (sql: string) => await database.query(`SET ROLE runtime; ${sql}`)

describe("migrate", () => {
  test("applies every step once, also when several run at a time", async () => {
    const results = await Promise.all([run(), run(), run()])
    expect(results.map(result => result.applied.length).sort()).toEqual([0, 0, migrations.length])
    expect(await run()).toEqual({ applied: [], version: migrations.length })
    expect(await database.query("SELECT epoch FROM chatops.epoch")).toEqual([{ epoch: "1" }])
  })

  test("leaves an epoch that is there as it is", async () => {
    await database.query(
      "CREATE SCHEMA chatops; CREATE TABLE chatops.epoch (only_row boolean PRIMARY KEY DEFAULT true, epoch bigint NOT NULL); INSERT INTO chatops.epoch VALUES (true, 7)",
    )
    await run()
    expect(await database.query("SELECT epoch FROM chatops.epoch")).toEqual([{ epoch: "7" }])
  })

  test("undoes a step that fails, and goes on from there the next time", async () => {
    const broken: Migration = { ...next, sql: "CREATE TABLE chatops.half (); SELECT 1/0" }
    await expect(run([...migrations, broken])).rejects.toMatchObject({ code: "22012" })
    expect((await database.query("SELECT to_regclass('chatops.half') AS half"))[0]).toEqual({ half: null })
    expect((await run([...migrations, next])).applied).toEqual([`000${next.version}-next`])
  })

  test("by an older version leaves a newer database alone, unless that one breaks it", async () => {
    await run([...migrations, next])
    expect(await run()).toEqual({ applied: [], version: next.version })
    await run([
      ...migrations,
      next,
      { ...next, version: next.version + 1, name: "drop", breaks: true, sql: "SELECT 1" },
    ])
    await expect(run()).rejects.toMatchObject({ code: "SCHEMA_TOO_NEW" })
  })

  test("refuses a step whose content has changed since it was applied", async () => {
    await run([...migrations, next])
    await expect(run([...migrations, { ...next, sql: "SELECT 2" }])).rejects.toMatchObject({ code: "SCHEMA_CHANGED" })
  })
})

describe("the role of replicas", () => {
  test.each([
    "UPDATE chatops.epoch SET epoch = 9",
    "INSERT INTO chatops.api_keys (id, tenant, name, kind, hash) VALUES ('k', 't', 'n', 'api', sha256('x'))",
    "SELECT chatops.create_key('t', 'n', sha256('x'))",
    "SELECT chatops.list_keys()",
    "SELECT chatops.revoke_key('k')",
    "SELECT chatops.create_one_time_token(sha256('x'), 't', '1 hour')",
    "SELECT * FROM chatops.one_time_tokens",
    "DELETE FROM chatops.turns",
    "DELETE FROM chatops.deletions",
    "DELETE FROM chatops.replicas",
    "CREATE TABLE chatops.mine ()",
    "DROP TABLE chatops.turns",
    "SELECT * FROM chatops.migrations",
  ])("may not: %s", async sql => {
    await run()
    // Whatever else it was given is taken away again.
    await database.query(
      "GRANT ALL ON ALL TABLES IN SCHEMA chatops TO runtime; GRANT CREATE ON SCHEMA chatops TO runtime",
    )
    await database.query("GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA chatops TO runtime")
    await run()
    await expect(asRuntime(sql)).rejects.toMatchObject({ code: "42501" })
  })
})

import { beforeAll, beforeEach, expect, onTestFinished, test } from "vitest"
import { type Postgres, startPostgres } from "../testing/postgres.ts"
import { createMigratedDatabase, type MigratedDatabase } from "../testing/test-database.ts"
import { createPrimaryDatabase, type PrimaryDatabase, statement } from "./index.ts"

let server: Postgres
let east: MigratedDatabase
/** What the runtime's clock shows. */
let now: number

beforeAll(async () => {
  server = await startPostgres()
  return () => server[Symbol.asyncDispose]()
})

beforeEach(async () => {
  now = 0
  east = await createMigratedDatabase(server)
})

function open(primary = 10_000, maxStaleness = 60_000): PrimaryDatabase {
  const database = createPrimaryDatabase({
    hosts: [{ region: "east", host: east.host, port: east.port }],
    login: { database: east.database, ...east.runtime, application: "under-test" },
    connections: 4,
    maxStaleness,
    timeouts: { retry: 10, primary },
    now: () => now,
  })
  onTestFinished(() => database.close())
  return database
}

const one = statement("test-one", "SELECT 1 AS one")
const touch = statement(
  "test-touch",
  "INSERT INTO chatops.conversations (id, tenant, metadata) SELECT $1, 't', '{}' FROM chatops.epoch WHERE epoch >= $2 RETURNING (SELECT epoch FROM chatops.epoch) AS epoch",
)
const insert = (id: string) => ({ statement: touch, values: (epoch: number) => [id, epoch] })
const isThere = async (id: string) =>
  (await east.query("SELECT FROM chatops.conversations WHERE id = $1", [id])).length === 1
const untilThere = async (id: string) => {
  while (!(await isThere(id)));
}

/** As the supervisor does it. */
const alone = async () => {
  await east.query("UPDATE chatops.lease SET alone = true, grantor = 'alone'")
  await east.query("SELECT setval('chatops.lease_renewals', 1)")
}
const renew = () => east.query("SELECT nextval('chatops.lease_renewals')")
/** A look of the runtime's that began after this call has ended: another one has begun, and there is one at a time. */
async function looked(): Promise<void> {
  const newest = async () => {
    const which = "application_name = 'under-test' AND query LIKE '%chatops.lease%'"
    return JSON.stringify(await east.query(`SELECT max(query_start) FROM pg_stat_activity WHERE ${which}`))
  }
  for (let begun = 0; begun < 2; begun++) {
    const before = await newest()
    while ((await newest()) === before);
  }
}

/** What a promise came to, if it did. */
function watched<T>(promise: Promise<T>): { outcome?: unknown } {
  const seen: { outcome?: unknown } = {}
  promise.then(
    () => (seen.outcome = "fulfilled"),
    error => (seen.outcome = error.code),
  )
  return seen
}

test("what is written alone is acknowledged once it is known that nobody had claimed before", async () => {
  await alone()
  const database = open()
  const commit = database.commit(insert("a"))
  const told = watched(commit)
  await untilThere("a")
  await looked()
  await renew()
  await looked()
  expect(told.outcome).toBeUndefined()
  await renew()
  await commit
  // Good for a lease: nobody asks for more meanwhile.
  await database.commit(insert("b"))
})

test("what is read alone is told of one that was the primary within the time stated", async () => {
  await alone()
  const database = open(10_000, 1_000)
  const proven = async () => {
    await looked()
    for (const _renewal of ["of the same moment", "asked for after it"]) {
      await renew()
      await looked()
    }
  }
  await Promise.all([database.read(one), proven()])
  now = 1_000
  await database.read(one)
  now = 1_001
  const told = watched(database.read(one))
  // The lease goes on, and what is written is acknowledged.
  await database.commit(insert("a"))
  await looked()
  expect(told.outcome).toBeUndefined()
  await proven()
  await expect.poll(() => told.outcome).toBe("fulfilled")
})

test("what is written, or read, after the lease is not told, and is unknown", async () => {
  const database = open(400)
  await database.commit(insert("a"))
  await alone()
  // From when it was last seen that somebody was in sync.
  now = 1_999
  await database.commit(insert("b"))
  now = 2_000
  await expect(database.commit(insert("c"))).rejects.toMatchObject({ code: "commit_unknown" })
  expect(await isThere("c")).toBe(true)
  await expect(database.read(one)).rejects.toMatchObject({ code: "database_unavailable" })
  // Hints do no harm.
  expect(await database.read(one, [], "nothing")).toEqual([{ one: 1 }])
})

test("a primary that nobody has granted anything is not believed", async () => {
  await east.query("DELETE FROM chatops.lease")
  const database = open(300)
  await expect(database.commit(insert("a"))).rejects.toMatchObject({ code: "commit_unknown" })
  await expect(database.read(one)).rejects.toMatchObject({ code: "database_unavailable" })
})

import { once } from "node:events"
import net from "node:net"
import pg from "pg"
import { afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest"
import { type Postgres, startPostgres } from "../testing/postgres.ts"
import { createMigratedDatabase, grantLease, type MigratedDatabase } from "../testing/test-database.ts"
import { requireNoStandby, requireStandby, waitUntil } from "../testing/wait-until.ts"
import type { DatabaseHost } from "./database-settings.ts"
import { CommitUnknown, createPrimaryDatabase, DatabaseUnavailable, type PrimaryDatabase, statement } from "./index.ts"

let servers: { east: Postgres; west: Postgres }
let east: MigratedDatabase
let west: MigratedDatabase
let opened: PrimaryDatabase[]

beforeAll(async () => {
  const [first, second] = await Promise.all([startPostgres(), startPostgres()])
  servers = { east: first, west: second }
  return async () => {
    await first[Symbol.asyncDispose]()
    await second[Symbol.asyncDispose]()
  }
})

beforeEach(async () => {
  opened = []
  east = await createMigratedDatabase(servers.east)
  west = await createMigratedDatabase(servers.west)
  for (const database of [east, west]) await database.query("GRANT UPDATE ON chatops.epoch TO runtime")
  await readOnly(west)
})

afterEach(async () => {
  for (const database of opened) database.close()
  await servers.east.start()
  await servers.west.start()
})

const readOnly = (database: MigratedDatabase) =>
  database.query(`ALTER DATABASE ${database.database} SET default_transaction_read_only = on`)

async function promote(database: MigratedDatabase, epoch: number): Promise<void> {
  const { database: name } = database
  await database.query(
    `BEGIN READ WRITE; ALTER DATABASE ${name} RESET default_transaction_read_only; UPDATE chatops.epoch SET epoch = ${epoch}; COMMIT`,
  )
}

function open(
  timeouts: { primary?: number; statement?: number; commit?: number; suspicion?: number } = {},
  other: DatabaseHost = { region: "west", host: west.host, port: west.port },
): PrimaryDatabase {
  const database = createPrimaryDatabase({
    hosts: [{ region: "east", host: east.host, port: east.port }, other],
    login: { database: east.database, ...east.runtime, application: "under-test" },
    connections: 4,
    maxStaleness: 1_000,
    timeouts: { retry: 10, ...timeouts },
  })
  opened.push(database)
  return database
}

const one = statement("test-one", "SELECT 1 AS one")
const sleep = statement("test-sleep", "SELECT pg_sleep($1)")
const whereAmI = statement("test-port", "SELECT inet_server_port() AS port")
const touch = statement(
  "test-touch",
  "INSERT INTO chatops.conversations (id, tenant, metadata) SELECT $1, 't', '{}' FROM chatops.epoch WHERE epoch >= $2 RETURNING (SELECT epoch FROM chatops.epoch) AS epoch",
)
const insert = (id: string) => ({ statement: touch, values: (epoch: number) => [id, epoch] })
const isThere = async (database: MigratedDatabase, id: string) =>
  (await database.query("SELECT FROM chatops.conversations WHERE id = $1", [id])).length === 1

const waitingForStandby =
  "EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'under-test' AND wait_event = 'SyncRep')"

describe("the primary", () => {
  test("is the host that takes writes, whichever comes first in the list", async () => {
    await promote(west, 2)
    await readOnly(east)
    const database = open()
    expect(await database.read(whereAmI)).toEqual([{ port: west.port }])
    expect([database.primary?.host.region, database.highestEpoch]).toEqual(["west", 2])
  })

  test("plans a statement once, and not for each of its values", async () => {
    const database = open()
    const find = statement("test-find", "SELECT id FROM chatops.conversations WHERE id = $1")
    for (let number = 0; number < 8; number++) await database.read(find, [String(number)])
    const plans = "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE name = 'test-find'"
    expect(await database.read(statement("test-plans", plans))).toEqual([{ generic_plans: 8, custom_plans: 0 }])
  })

  test("plans a statement for the table that it will be, however small it is now", async () => {
    const database = open()
    await database.commit(insert("a"))
    await east.query("ANALYZE chatops.conversations")
    const find = "SELECT id FROM chatops.conversations WHERE id = 'a'"
    const [found] = await database.read<{ "QUERY PLAN": [{ Plan: { "Node Type": string } }] }>(
      statement("test-explain", `EXPLAIN (FORMAT JSON) ${find}`),
    )
    expect(found?.["QUERY PLAN"][0].Plan["Node Type"]).toMatch(/^Index/)
  })

  test("moves when it dies and another is promoted; waiting requests go on there", async () => {
    const database = open()
    await database.read(one)
    const changes: (string | undefined)[] = []
    database.onChange(primary => changes.push(primary?.host.region))
    await servers.east.stop()
    const waiting = Promise.all([database.read(whereAmI), database.commit(insert("a"))])
    await promote(west, 2)
    expect((await waiting)[0]).toEqual([{ port: west.port }])
    expect(await isThere(west, "a")).toBe(true)
    expect(changes.at(-1)).toBe("west")
    expect(database.highestEpoch).toBe(2)
  })

  test("moves when a commit there waits in vain and another is promoted; what may be repeated is, and waits no longer", async () => {
    const database = open({ suspicion: 50 })
    await database.read(one)
    await requireStandby(east, "nobody")
    try {
      const settled: string[] = []
      const repeated = database.commit({ ...insert("c"), repeatable: true }).then(() => settled.push("repeated"))
      const once = database.commit(insert("d")).catch(error => settled.push(String(error.code)))
      await waitUntil(east, waitingForStandby)
      expect(settled).toEqual([])
      await promote(west, 2)
      await Promise.all([repeated, once])
      expect(settled.toSorted()).toEqual(["commit_unknown", "repeated"])
      expect([await isThere(west, "c"), await isThere(west, "d")]).toEqual([true, false])
    } finally {
      await requireNoStandby(east)
    }
  })

  test("is not doubted while one waits for long and others are acknowledged what they write", async () => {
    let asked = 0
    const other = net.createServer(socket => {
      asked++
      socket.destroy()
    })
    await once(other.listen(0, "127.0.0.1"), "listening")
    onTestFinished(() => void other.close())
    const decoy = { region: "west", host: "127.0.0.1", port: (other.address() as net.AddressInfo).port }
    const database = open({ suspicion: 500 }, decoy)
    await database.commit(insert("first"))
    const before = asked
    let waits = true
    const slow = database.read(sleep, [1.5], "nothing").finally(() => {
      waits = false
    })
    for (let n = 0; waits; n++) await database.commit(insert(`f${n}`))
    await slow
    expect(asked).toBe(before)
    // It would have been seen.
    await database.read(sleep, [1.5], "nothing")
    expect(asked).toBeGreaterThan(before)
  })

  test("that never answers a commit leaves it unknown, also where it may be repeated and cannot be", async () => {
    const database = open({ commit: 200, primary: 300 })
    await database.read(one)
    await requireStandby(east, "nobody")
    try {
      const write = { ...insert("e"), repeatable: true, patience: 300 }
      await expect(database.commit(write)).rejects.toMatchObject({ code: "commit_unknown" })
    } finally {
      await requireNoStandby(east)
    }
  })

  test("moves when it becomes read-only, without its connections breaking", async () => {
    const database = open()
    await database.read(one)
    await readOnly(east)
    await east.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'under-test'")
    await promote(west, 2)
    await database.commit(insert("b"))
    expect([await isThere(east, "b"), await isThere(west, "b")]).toEqual([false, true])
  })

  test("is never one of an older epoch than was seen, although it takes writes", async () => {
    await promote(west, 2)
    await readOnly(east)
    const database = open({ primary: 200 })
    await database.read(one)
    await promote(east, 1)
    await servers.west.stop()
    await expect(database.commit(insert("c"))).rejects.toBeInstanceOf(DatabaseUnavailable)
    expect(database.reasons.join()).toContain("epoch 1 is older than 2")
    expect(await isThere(east, "c")).toBe(false)
    await servers.west.start()
    await grantLease(west)
    await database.commit(insert("c"))
    expect(await isThere(west, "c")).toBe(true)
  })

  test("that turns out to be of an older epoch within a writing transaction is written to no more", async () => {
    await east.query("UPDATE chatops.epoch SET epoch = 5")
    const database = open({ primary: 200 })
    await database.read(one)
    await east.query("UPDATE chatops.epoch SET epoch = 4")
    const inTransaction = database.transaction(transaction => transaction.run(touch, ["d", 0]))
    await expect(inTransaction).rejects.toBeInstanceOf(DatabaseUnavailable)
    await expect(database.commit(insert("d"))).rejects.toBeInstanceOf(DatabaseUnavailable)
    expect(await isThere(east, "d")).toBe(false)
  })

  test("that nobody is ends in database_unavailable within its bound", async () => {
    await readOnly(east)
    const database = open({ primary: 100 })
    const asked = performance.now()
    await expect(database.read(one)).rejects.toMatchObject({ code: "database_unavailable" })
    expect(performance.now() - asked).toBeLessThan(2_000)
    expect([...database.reasons].sort()).toEqual(["east: is read-only", "west: is read-only"])
  })
})

describe("a connection that is killed", () => {
  test("does not keep readers from their answer", async () => {
    const database = open()
    await database.read(one)
    const reads = Array.from({ length: 50 }, () => database.read(one))
    await east.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'under-test'")
    for (const rows of await Promise.all(reads)) expect(rows).toEqual([{ one: 1 }])
  })

  test("before the commit leaves nothing behind and says that it is unavailable", async () => {
    const database = open()
    const work = database.transaction(async transaction => {
      await transaction.run(touch, ["e", 0])
      await east.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'under-test'")
      await transaction.run(one)
    })
    await expect(work).rejects.toBeInstanceOf(DatabaseUnavailable)
    expect(await isThere(east, "e")).toBe(false)
  })

  test.each(["pg_terminate_backend", "pg_cancel_backend"])(
    "or cancelled (%s) while it waits for another region leaves the commit unknown",
    async stop => {
      const database = open()
      await database.read(one)
      await requireStandby(east, "nobody")
      try {
        for (const write of [
          () => database.commit(insert(`${stop}-1`)),
          () => database.transaction(transaction => transaction.run(touch, [`${stop}-2`, 0])),
        ]) {
          const pending = expect(write()).rejects.toBeInstanceOf(CommitUnknown)
          await waitUntil(east, waitingForStandby)
          await east.query(
            `SELECT ${stop}(pid) FROM pg_stat_activity WHERE application_name = 'under-test' AND wait_event = 'SyncRep'`,
          )
          await pending
        }
      } finally {
        await requireNoStandby(east)
      }
    },
  )

  test("is given up when a commit takes too long, and that is unknown, too", async () => {
    const database = open({ commit: 100 })
    await database.read(one)
    await requireStandby(east, "nobody")
    try {
      await expect(database.commit(insert("f"))).rejects.toBeInstanceOf(CommitUnknown)
    } finally {
      await requireNoStandby(east)
    }
  })
})

describe("a statement that fails by itself", () => {
  test("is reported as it is, and keeps the connection", async () => {
    const database = open()
    await database.commit(insert("g"))
    await expect(database.commit(insert("g"))).rejects.toMatchObject({ code: "23505" })
    expect(database.primary).toBeDefined()
  })

  test("inside a transaction undoes all of it, even when the failure is swallowed", async () => {
    const database = open()
    await database.commit(insert("h"))
    const work = database.transaction(async transaction => {
      await transaction.run(touch, ["i", 0])
      await transaction.run(touch, ["h", 0]).catch(() => {})
    })
    await expect(work).rejects.toThrow()
    expect(await isThere(east, "i")).toBe(false)
  })
})

describe("what waits in vain for a lock", () => {
  test.each(["commit", "transaction"] as const)("was undone, and is done again (%s)", async way => {
    const database = open({ statement: 300 })
    await database.read(one)
    const blocker = new pg.Client(east)
    await blocker.connect()
    try {
      await blocker.query("BEGIN")
      await blocker.query("INSERT INTO chatops.conversations (id, tenant, metadata) VALUES ($1, 't', '{}')", [way])
      const pending =
        way === "commit"
          ? database.commit(insert(way))
          : database.transaction(transaction => transaction.run(touch, [way, 0]))
      const waiting = "SELECT FROM pg_stat_activity WHERE application_name = 'under-test' AND wait_event_type = 'Lock'"
      await waitUntil(east, `EXISTS (${waiting})`)
      const [{ now }] = (await east.query("SELECT clock_timestamp()::text AS now")) as [{ now: string }]
      await waitUntil(east, `EXISTS (${waiting} AND query_start > $1::timestamptz)`, [now])
      await blocker.query("ROLLBACK")
      await pending
      expect(await isThere(east, way)).toBe(true)
    } finally {
      await blocker.end()
    }
  })

  test("is reported when its patience is over", async () => {
    const database = open({ statement: 50, primary: 300 })
    await database.read(one)
    const blocker = new pg.Client(east)
    await blocker.connect()
    try {
      await blocker.query("BEGIN")
      await blocker.query("INSERT INTO chatops.conversations (id, tenant, metadata) VALUES ('j', 't', '{}')")
      await expect(database.commit(insert("j"))).rejects.toMatchObject({ code: "57014" })
      expect(database.primary).toBeDefined()
    } finally {
      await blocker.end()
    }
  })
})

describe("a pool that cannot grow", () => {
  test("goes on with the sessions that it has", async () => {
    await east.query(`ALTER ROLE runtime CONNECTION LIMIT 1`)
    try {
      const database = open({ primary: 500 })
      await database.read(one)
      const changes: unknown[] = []
      database.onChange(primary => changes.push(primary))
      const rows = await Promise.all(Array.from({ length: 20 }, () => database.read(one)))
      expect(rows).toHaveLength(20)
      const slow = database.read(statement("test-slow", "SELECT pg_sleep(2)"))
      await expect(database.read(one)).rejects.toMatchObject({ code: "database_busy" })
      await expect(database.session()).rejects.toMatchObject({ code: "database_busy" })
      await slow
      expect(changes).toEqual([])
    } finally {
      await east.query(`ALTER ROLE runtime CONNECTION LIMIT -1`)
    }
  })
})

test("more work than connections waits its turn", async () => {
  const database = open()
  const rows = await Promise.all(Array.from({ length: 200 }, () => database.read(one)))
  expect(rows).toHaveLength(200)
  const [count] = await east.query(
    "SELECT count(*)::int AS count FROM pg_stat_activity WHERE application_name = 'under-test'",
  )
  expect(count?.["count"]).toBeLessThanOrEqual(4)
})

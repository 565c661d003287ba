import { readFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest"
import { type Postgres, startPostgres } from "../testing/postgres.ts"
import { createMigratedDatabase, type MigratedDatabase } from "../testing/test-database.ts"
import { requireNoStandby, requireStandby, waitUntil } from "../testing/wait-until.ts"
import { CommitUnknown, createPrimaryDatabase, DatabaseUnavailable, type PrimaryDatabase, statement } from "./index.ts"

let servers: { east: Postgres; west: Postgres }
let east: MigratedDatabase
let west: MigratedDatabase
let opened: PrimaryDatabase[]
/** What the clock of reads shows. */
let now: number

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
  now = 0
  east = await createMigratedDatabase(servers.east)
  west = await createMigratedDatabase(servers.west)
  await west.query(`ALTER DATABASE ${west.database} SET default_transaction_read_only = on`)
})

afterEach(async () => {
  for (const database of opened) database.close()
  await requireNoStandby(east)
})

interface Choice {
  readonly connections?: number
  readonly maxStaleness?: number
  readonly primary?: number
}

function open({ connections = 4, maxStaleness = 1_000, primary = 5_000 }: Choice = {}): PrimaryDatabase {
  const database = createPrimaryDatabase({
    hosts: [
      { region: "east", host: east.host, port: east.port },
      { region: "west", host: west.host, port: west.port },
    ],
    login: { database: east.database, ...east.runtime, application: "under-test" },
    connections,
    maxStaleness,
    timeouts: { retry: 10, suspicion: 10, primary },
    now: () => now,
  })
  opened.push(database)
  return database
}

const one = statement("test-one", "SELECT 1 AS one")
const whereAmI = statement("test-port", "SELECT inet_server_port() AS port")
const find = statement("test-find", "SELECT id FROM chatops.conversations WHERE id = $1")
const change = statement("test-change", "UPDATE chatops.conversations SET metadata = '[]' WHERE id = $1")
const touch = statement(
  "test-touch",
  "INSERT INTO chatops.conversations (id, tenant, metadata) SELECT $1, 't', '{}' FROM chatops.epoch WHERE epoch >= $2 RETURNING (SELECT epoch FROM chatops.epoch) AS epoch",
)
const insert = (id: string) => ({ statement: touch, values: (epoch: number) => [id, epoch] })

/** How often the one session has made the commit that confirms reads. */
async function confirmations(database: PrimaryDatabase): Promise<number> {
  const count = statement(
    "test-count",
    "SELECT sum(generic_plans + custom_plans)::int AS n FROM pg_prepared_statements WHERE name = 'confirm-primary'",
  )
  const [row] = await database.read<{ n: number | null }>(count, [], "nothing")
  return row?.n ?? 0
}

const inSyncRep = "FROM pg_stat_activity WHERE application_name = 'under-test' AND wait_event = 'SyncRep'"
const someoneWaits = `EXISTS (SELECT ${inSyncRep})`
const cancelWaits = () => east.query(`SELECT pg_cancel_backend(pid) ${inSyncRep}`)

/** Whether it has settled, however. */
function observe(work: Promise<unknown>): { readonly settled: boolean } {
  const observed = { settled: false }
  const settle = () => {
    observed.settled = true
  }
  work.then(settle, settle)
  return observed
}

describe("what confirming reads costs", () => {
  test("is nothing within a second after a commit was asked for, and then one commit for all readers", async () => {
    const database = open({ connections: 1 })
    await database.commit(insert("a"))
    now = 999
    for (let reads = 0; reads < 5; reads += 1) await database.read(one)
    expect(await confirmations(database)).toBe(0)
    now = 1_000
    await Promise.all(Array.from({ length: 10 }, () => database.read(one)))
    expect(await confirmations(database)).toBe(1)
    now = 1_999
    await database.read(one)
    expect(await confirmations(database)).toBe(1)
  })

  test("counts from when the commit was asked for, not from when it was confirmed", async () => {
    const database = open({ connections: 1 })
    await database.read(one)
    await requireStandby(east, "nobody")
    const slow = database.commit(insert("slow"))
    await waitUntil(east, someoneWaits)
    now = 600
    await requireNoStandby(east)
    await slow
    now = 1_000
    await database.read(one)
    expect(await confirmations(database)).toBe(2)
  })

  test("is nothing after a transaction that wrote; one that found nothing to write has to be confirmed itself", async () => {
    const database = open({ connections: 1 })
    await database.transaction(transaction => transaction.run(touch, ["b", 0]))
    await database.read(one)
    expect(await confirmations(database)).toBe(0)
    now = 1_000
    await database.transaction(transaction => transaction.run(change, ["nobody"]))
    expect(await confirmations(database)).toBe(1)
  })

  test("is nothing for hints, and a commit each where nothing may be old", async () => {
    const database = open({ connections: 1 })
    await database.read(one, [], "nothing")
    expect(await confirmations(database)).toBe(0)
    await database.read(one, [], "confirmed")
    await database.read(one, [], "confirmed")
    expect(await confirmations(database)).toBe(2)
    const strict = open({ connections: 1, maxStaleness: 0 })
    await strict.commit(insert("c"))
    await strict.read(one)
    await strict.read(one)
    expect(await confirmations(strict)).toBe(2)
  })
})

describe("a primary whose standby confirms nothing", () => {
  test("answers no read when its last confirmation is a second old, and answers again when it does", async () => {
    const database = open()
    await database.commit(insert("a"))
    await requireStandby(east, "nobody")
    now = 999
    await database.read(one)
    now = 1_000
    const found = database.read(find, ["a"])
    const missing = database.transaction(transaction => transaction.run(change, ["nobody"]))
    const [read, looked] = [observe(found), observe(missing)]
    await waitUntil(east, someoneWaits)
    // Reads go on there, so both have had their rows for a while.
    await database.read(one, [], "nothing")
    expect([read.settled, looked.settled]).toEqual([false, false])
    await requireNoStandby(east)
    expect(await found).toEqual([{ id: "a" }])
    await missing
  })

  test("keeps a read no longer than any missing primary does, and none of its sessions", async () => {
    const database = open({ primary: 300, connections: 2 })
    await database.read(one)
    await requireStandby(east, "nobody")
    now = 1_000
    const asked = performance.now()
    const reads = await Promise.all(Array.from({ length: 5 }, () => database.read(one).catch(error => error)))
    for (const refusal of reads) expect(refusal).toBeInstanceOf(DatabaseUnavailable)
    expect(performance.now() - asked).toBeLessThan(3_000)
    expect(await database.read(one, [], "nothing")).toEqual([{ one: 1 }])
  })

  test("is left for the one that took over, although it goes on answering", async () => {
    const database = open()
    await database.read(one)
    await requireStandby(east, "nobody")
    await west.query(
      `BEGIN READ WRITE; ALTER DATABASE ${west.database} RESET default_transaction_read_only; UPDATE chatops.epoch SET epoch = 2; COMMIT`,
    )
    now = 1_000
    expect(await database.read(whereAmI)).toEqual([{ port: west.port }])
  })

  test("and that was frozen meanwhile, cannot answer late", async () => {
    const database = open()
    await database.commit(insert("a"))
    await requireStandby(east, "nobody")
    const thaw = await freeze(servers.east, east)
    const late = database.read(find, ["a"])
    const read = observe(late)
    now = 1_000
    thaw()
    await waitUntil(east, someoneWaits)
    expect(read.settled).toBe(false)
    await requireNoStandby(east)
    expect(await late).toEqual([{ id: "a" }])
  })
})

describe("a commit whose wait was cancelled", () => {
  test.each(["commit", "transaction"] as const)("is seen by no read until it is confirmed (%s)", async way => {
    const database = open()
    await database.commit(insert("before"))
    await requireStandby(east, "nobody")
    const unconfirmed =
      way === "commit"
        ? database.commit(insert(way))
        : database.transaction(transaction => transaction.run(touch, [way, 0]))
    const unknown = expect(unconfirmed).rejects.toBeInstanceOf(CommitUnknown)
    await waitUntil(east, someoneWaits)
    await cancelWaits()
    await unknown
    expect(await east.query("SELECT id FROM chatops.conversations WHERE id = $1", [way])).toHaveLength(1)
    const found = database.read(find, [way])
    const read = observe(found)
    await waitUntil(east, someoneWaits)
    expect(read.settled).toBe(false)
    await requireNoStandby(east)
    expect(await found).toEqual([{ id: way }])
  })

  test("holds back reads of other replicas, whose last confirmation is too old or which want their own", async () => {
    const [database, other] = [open(), open()]
    await other.commit(insert("before"))
    await database.read(one)
    await requireStandby(east, "nobody")
    const unknown = expect(database.commit(insert("theirs"))).rejects.toBeInstanceOf(CommitUnknown)
    await waitUntil(east, someoneWaits)
    await cancelWaits()
    await unknown
    const exact = other.read(find, ["theirs"], "confirmed")
    const first = observe(exact)
    await waitUntil(east, someoneWaits)
    expect(first.settled).toBe(false)
    now = 1_000
    const recent = other.read(find, ["theirs"])
    const second = observe(recent)
    await other.read(one, [], "nothing")
    expect([first.settled, second.settled]).toEqual([false, false])
    await requireNoStandby(east)
    for (const found of [exact, recent]) expect(await found).toEqual([{ id: "theirs" }])
  })
})

/** Stops the server and all that it started, as a frozen machine does. Returns how to let it go on. */
async function freeze(server: Postgres, database: MigratedDatabase): Promise<() => void> {
  const postmaster = Number.parseInt(readFileSync(join(server.data, "postmaster.pid"), "utf8"), 10)
  const others = await database.query<{ pid: number }>("SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
  const pids = [postmaster, ...others.map(({ pid }) => pid)]
  for (const pid of pids) process.kill(pid, "SIGSTOP")
  return () => {
    for (const pid of pids) process.kill(pid, "SIGCONT")
  }
}

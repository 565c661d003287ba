import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import pg from "pg"
import { expect, it, onTestFinished } from "vitest"
import { isAlive } from "../../../process/process-identity.ts"
import { type ScratchRegion, scratchRegions } from "../../../testing/scratch-regions.ts"
import { untilTrue } from "../agent/until.ts"
import { postgresSocketDirectory } from "../layout.ts"
import type { RegionDatabase } from "./region-database.ts"
import { replicationProgress } from "./replication-progress.ts"
import { prepareRoles } from "./roles.ts"
import { secondsAtWork } from "./work-time.ts"

const soon = () => AbortSignal.timeout(40_000)
const sql = async (database: RegionDatabase, text: string) =>
  (await database.query("chatops", client => client.query(text))).rows
const count = async (database: RegionDatabase) =>
  (await sql(database, "select count(*)::int as n from t"))[0].n as number
const streaming = (database: RegionDatabase) =>
  untilTrue(undefined, async () => (await replicationProgress(database)).streaming, soon())

async function startPrimary({ database, spec }: ScratchRegion): Promise<void> {
  await database.initialise()
  await database.start(undefined, soon())
  await prepareRoles(database, spec.database)
  await sql(database, "create table t (n int); grant select on t to runtime")
}

async function asRuntime({ spec }: ScratchRegion): Promise<pg.Client> {
  const password = readFileSync(spec.database.passwords.runtime, "utf8")
  const client = new pg.Client({
    host: "127.0.0.1",
    port: spec.database.port,
    user: "runtime",
    password,
    database: "chatops",
  })
  client.on("error", () => undefined)
  onTestFinished(() => client.end().catch(() => undefined))
  await client.connect()
  return client
}

const refused = { code: "28000", message: expect.stringContaining("rejects connection") }

it("makes a standby out of a primary that goes on being written to", async () => {
  const { east, west, link } = await scratchRegions()
  expect(await east.database.localData()).toEqual({ kind: "none" })
  await startPrimary(east)
  let writing = true
  const writes = (async () => {
    let written = 0
    for (; writing; written++) await sql(east.database, `insert into t values (${written})`)
    return written
  })()

  const sizes: number[] = []
  await west.database.copyFrom("east", soon(), (sent, total) => void sizes.push(sent, total))
  // A new cluster has some 30 MB; at the end all of it has been sent.
  expect(sizes.at(-1)).toBeGreaterThan(10_000_000)
  expect(sizes.at(-2)).toBeGreaterThan(10_000_000)
  // Fewer connections than its primary has ever had, as when a release takes replicas away.
  west.database.use({ ...west.spec.database, maxConnections: 5 })
  await west.database.start("east", soon())
  await streaming(west.database)
  writing = false
  const written = await writes
  await untilTrue(undefined, async () => (await count(west.database)) === written, soon())

  expect(await west.database.localData()).toMatchObject({ kind: "standby" })
  expect(west.database.incarnation).not.toBe(east.database.incarnation)
  await east.database.admit()
  await (await asRuntime(east)).query("select")
  await expect(asRuntime(west)).rejects.toMatchObject(refused)
  const [slot] = await sql(east.database, "select slot_name, active, wal_status from pg_replication_slots")
  expect(slot).toEqual({ slot_name: "region_west", active: true, wal_status: "reserved" })
  expect(await sql(east.database, "show max_slot_wal_keep_size")).toEqual([{ max_slot_wal_keep_size: "1GB" }])
  // What a promotion has to write before it is done.
  expect(await sql(west.database, "show wal_segment_size")).toEqual([{ wal_segment_size: "1MB" }])

  await east.database.dropAbandonedSlots()
  expect((await sql(east.database, "select active from pg_replication_slots"))[0]).toEqual({ active: true })

  link.close()
  await west.database.stop()
  await sql(east.database, "insert into t values (-1)")
  await link.listen()
  const again = await west.reopened()
  expect(await again.localData()).toMatchObject({ kind: "standby", incarnation: west.database.incarnation })
  await again.start("east", soon())
  await untilTrue(undefined, async () => (await count(again)) === written + 1, soon())
}, 120_000)

it("lets runtimes in once it is admitted, and what they have begun come to its end before it is drained", async () => {
  const { east } = await scratchRegions()
  await startPrimary(east)
  await sql(east.database, "grant insert on t to runtime")
  await expect(asRuntime(east)).rejects.toMatchObject(refused)
  await east.database.admit()
  const [busy, atRest] = [await asRuntime(east), await asRuntime(east)]
  const endOf = (client: pg.Client) => new Promise(resolve => client.once("end", resolve))
  const [busyEnds, atRestEnds] = [endOf(busy), endOf(atRest)]
  await busy.query("begin; insert into t values (1)")
  const drained = east.database.drain(soon())
  await atRestEnds
  await expect(asRuntime(east)).rejects.toMatchObject(refused)
  await busy.query("commit")
  await busyEnds
  await drained
  expect(east.database.process).toBeUndefined()
  await east.database.start(undefined, soon())
  expect(await count(east.database)).toBe(1)
}, 60_000)

it("adopts nothing of a copy that was interrupted, and copies again", async () => {
  const { east, west, link } = await scratchRegions()
  await startPrimary(east)
  await sql(east.database, "insert into t select generate_series(1, 400000)")
  const copied = join(west.spec.directory, "database")
  const halfWay = async () => {
    const [made] = (readdirSync(copied, { withFileTypes: true }) ?? []).filter(entry => entry.isDirectory())
    return made !== undefined && readdirSync(join(copied, made.name)).includes("base")
  }
  const begun = () => untilTrue(undefined, () => halfWay().catch(() => false), soon())

  const cut = west.database.copyFrom("east", soon())
  const failed = expect(cut).rejects.toMatchObject({ code: "DATABASE_COPY" })
  await begun()
  link.close()
  await failed
  expect(await west.database.localData()).toEqual({ kind: "none" })
  await link.listen()

  const stop = new AbortController()
  const aborted = expect(west.database.copyFrom("east", stop.signal)).rejects.toMatchObject({ code: "DATABASE_COPY" })
  await begun()
  stop.abort(new Error("enough"))
  await aborted
  expect(await (await west.reopened()).localData()).toEqual({ kind: "none" })

  await west.database.copyFrom("east", soon())
  expect(readdirSync(copied)).toHaveLength(2)
  await west.database.start("east", soon())
  expect(await count(west.database)).toBe(400_000)
}, 120_000)

it("keeps every acknowledged write when its postmaster is killed", async () => {
  const { east } = await scratchRegions()
  await startPrimary(east)
  const ends: boolean[] = []
  east.onEnded = wasReady => ends.push(wasReady)
  for (let written = 0; written < 50; written++) await sql(east.database, "insert into t values (1)")
  east.database.process!.kill("SIGKILL")
  await untilTrue(undefined, () => ends.length === 1, soon())
  expect(ends).toEqual([true])
  // What the killed one left may still be ending; its supervisor tries again, too.
  for (let ready = false; !ready; ) {
    const before = ends.length
    const tried = east.database.start(undefined, soon()).then(() => true)
    const ended = untilTrue(undefined, () => ends.length > before, soon()).then(
      () => false,
      () => false,
    )
    ready = await Promise.race([tried, ended])
  }
  expect(await count(east.database)).toBe(50)
}, 60_000)

it.each([
  ["a stranger that has got its predecessor's pid", () => process.ppid],
  ["an orphaned predecessor that nobody remembers", undefined],
])(
  "starts in spite of %s",
  async (_name, stranger) => {
    const { east } = await scratchRegions()
    await startPrimary(east)
    const predecessor = east.database.process!.identity!
    const lockFile = join(east.spec.directory, "database", east.database.incarnation!, "postmaster.pid")
    if (stranger) {
      const left = readFileSync(lockFile, "utf8").replace(/^\d+/, String(stranger()))
      await east.database.stop()
      writeFileSync(lockFile, left)
    }
    const database = await east.reopened()
    await database.localData()
    await database.start(undefined, soon())
    expect(isAlive(predecessor)).toBe(false)
    expect(await count(database)).toBe(0)
  },
  60_000,
)

it("copies anew a standby whose slot the primary gave up, because it was away for too long", async () => {
  const { east, west } = await scratchRegions()
  await startPrimary(east)
  await west.database.copyFrom("east", soon())
  await west.database.start("east", soon())
  await streaming(west.database)
  expect(await west.database.following.hasLostSlot("east", soon())).toBe(false)
  await west.database.stop()
  const first = west.database.incarnation
  for (const setting of ["max_slot_wal_keep_size = '1MB'", "wal_keep_size = 0"])
    await east.database.query("postgres", client => client.query(`alter system set ${setting}`))
  await east.database.reload()
  for (let segment = 0; segment < 4; segment++) {
    await sql(east.database, "insert into t values (1)")
    await sql(east.database, "select pg_switch_wal()")
  }
  await sql(east.database, "checkpoint")
  expect(await west.database.following.hasLostSlot("east", soon())).toBe(true)
  await west.database.copyFrom("east", soon())
  await west.database.start("east", soon())
  await streaming(west.database)
  expect(west.database.incarnation).not.toBe(first)
  expect(await count(west.database)).toBe(4)
}, 120_000)

it("keeps nothing for a region that is gone, and all for one that still streams or will come back", async () => {
  const { east, west } = await scratchRegions()
  const slots = () => sql(east.database, "select slot_name, active from pg_replication_slots")
  await startPrimary(east)
  await west.database.copyFrom("east", soon())
  await east.database.dropAbandonedSlots()
  expect(await slots()).toEqual([{ slot_name: "region_west", active: false }])
  await west.database.start("east", soon())
  await streaming(west.database)
  east.database.use({ ...east.spec.database, peers: [] })
  await east.database.dropAbandonedSlots()
  expect(await slots()).toEqual([{ slot_name: "region_west", active: true }])
  await west.database.stop()
  await untilTrue(undefined, async () => (await slots())[0]?.active === false, soon())
  await east.database.dropAbandonedSlots()
  expect(await slots()).toEqual([])
})

it("tells a statement at work from one that waits for a lock", async () => {
  const { east } = await scratchRegions()
  await startPrimary(east)
  const password = readFileSync(east.spec.database.passwords.owner, "utf8")
  const host = postgresSocketDirectory(east.spec.socket)
  const owner = new pg.Client({ host, port: east.spec.database.port, user: "owner", password, database: "chatops" })
  await owner.connect()
  onTestFinished(() => owner.end())
  const atWork = () => secondsAtWork(east.database, "owner")
  expect(await atWork()).toBeNull()

  const sleeping = owner.query("select pg_sleep(60)").catch(() => undefined)
  await untilTrue(undefined, async () => (await atWork()) !== null, soon())
  await sql(east.database, "select pg_cancel_backend(pid) from pg_stat_activity where usename = 'owner'")
  await sleeping
  await east.database.query("chatops", async holder => {
    await holder.query("select pg_advisory_lock(7)")
    const waiting = owner.query("select pg_advisory_lock(7)")
    const locks = "select 1 from pg_stat_activity where wait_event_type = 'Lock' and usename = 'owner'"
    await untilTrue(undefined, async () => (await sql(east.database, locks)).length === 1, soon())
    expect(await atWork()).toBeNull()
    await holder.query("select pg_advisory_unlock(7)")
    await waiting
  })
})

it("does not touch data of another major version", async () => {
  const { east } = await scratchRegions()
  const root = join(east.spec.directory, "database")
  mkdirSync(join(root, "iold"), { recursive: true })
  writeFileSync(join(root, "iold", "PG_VERSION"), "15\n")
  symlinkSync("iold", join(root, "current"))
  await expect(east.database.localData()).rejects.toMatchObject({
    code: "DATABASE_VERSION",
    details: { found: "15", expected: "18" },
  })
  expect(readdirSync(root).sort()).toEqual(["current", "iold"])
})

it("does not take data that it cannot read for none", async () => {
  const { east } = await scratchRegions()
  const root = join(east.spec.directory, "database")
  mkdirSync(join(root, "current"), { recursive: true })
  await expect(east.database.localData()).rejects.toMatchObject({ code: "EINVAL" })
})

it("starts a standby that died before its promotion, from a primary that was once a standby itself", async () => {
  const { east, west } = await scratchRegions()
  await startPrimary(east)
  await west.database.copyFrom("east", soon())
  await west.database.start("east", soon())
  await streaming(west.database)
  await east.database.stop()
  await west.database.promote("nobody", soon())
  await east.database.becomeStandby("west")
  await east.database.start("west", soon())
  await streaming(east.database)
  const slots = (database: RegionDatabase) => sql(database, "select slot_name from pg_replication_slots")
  expect(await slots(east.database)).toEqual([])
  // Its claim is written, the other has read of it, and nobody streams to it.
  await west.database.following.keepSlot("east")
  await east.database.stop()
  const again = await east.reopened()
  await again.localData()
  await again.start(undefined, AbortSignal.timeout(15_000))
  await again.promote("nobody", soon())
  await sql(again, "insert into t values (1)")
  expect(await slots(again)).toEqual([{ slot_name: "region_west" }])
}, 120_000)

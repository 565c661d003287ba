import { readFileSync } from "node:fs"
import type { RegionIncarnation } from "@chatops/runtime/contract"
import type pg from "pg"
import { expect, it, onTestFinished } from "vitest"
import { type ScratchRegion, type ScratchRegions, scratchRegions } from "../../../testing/scratch-regions.ts"
import { freezeServer } from "../../../testing/server-processes.ts"
import { untilTrue } from "../agent/until.ts"
import { ConfirmedCommits, standbyName } from "./confirmed-commits.ts"
import type { RegionDatabase } from "./region-database.ts"
import { replicationProgress } from "./replication-progress.ts"
import { replicationClient } from "./replication-slot.ts"
import { prepareRoles } from "./roles.ts"

const soon = () => AbortSignal.timeout(40_000)
const sql = async <Row>(database: RegionDatabase, text: string): Promise<Row[]> =>
  (await database.query("chatops", client => client.query(text))).rows as Row[]

interface Bench extends ScratchRegions {
  readonly commits: ConfirmedCommits
  readonly joiner: RegionIncarnation
}

/** A primary that waits for nobody, and a standby that streams from it. */
async function bench(): Promise<Bench> {
  const regions = await scratchRegions()
  const { east, west } = regions
  await east.database.initialise()
  await east.database.start(undefined, soon())
  await prepareRoles(east.database, east.spec.database)
  await sql(east.database, "create table t (n int)")
  await west.database.copyFrom("east", soon())
  await west.database.start("east", soon())
  await untilTrue(undefined, async () => (await replicationProgress(west.database)).streaming, soon())
  const joiner = { region: "west", incarnation: west.database.incarnation ?? "" }
  return { ...regions, commits: new ConfirmedCommits(east.database), joiner }
}

/** Sessions whose commits wait. */
const waiting = (database: RegionDatabase) => sql(database, "select from pg_stat_activity where wait_event = 'SyncRep'")

/** A commit, once it waits to be confirmed. */
async function waits(database: RegionDatabase) {
  const waiter = { released: false, end: Promise.resolve() }
  waiter.end = sql(database, "insert into t values (1)").then(() => {
    waiter.released = true
  })
  await untilTrue(undefined, async () => (await waiting(database)).length === 1, soon())
  return waiter
}

/** Streams as a standby of that name until the test is over, and reports a position once, or none. Its walsender's pid. */
async function streamAs({ spec, database }: ScratchRegion, name: string, { reports = false } = {}): Promise<number> {
  const { port, passwords } = spec.database
  const login = { host: "127.0.0.1", port, password: readFileSync(passwords.replicator, "utf8").trim() }
  const client = replicationClient(login, name)
  await client.connect()
  onTestFinished(() => client.end())
  const [{ at } = { at: "" }] = await sql<{ at: string }>(database, "select pg_current_wal_flush_lsn()::text as at")
  client.query(`START_REPLICATION PHYSICAL ${at} TIMELINE 1`).catch(() => undefined)
  const streams = `select pid from pg_stat_replication where application_name = '${name}' and state = 'streaming'`
  await untilTrue(undefined, async () => (await sql(database, streams)).length === 1, soon())
  if (reports) report(client, at)
  return (await sql<{ pid: number }>(database, streams))[0]?.pid ?? Number.NaN
}

/** "Standby status update" of the streaming replication protocol: written, flushed and applied so far. */
function report(client: pg.Client, at: string): void {
  const [high = "", low = ""] = at.split("/")
  const position = (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`)
  const message = Buffer.alloc(34)
  message.write("r")
  for (const offset of [1, 9, 17]) message.writeBigUInt64BE(position, offset)
  const { connection } = client as pg.Client & { connection: { sendCopyFromChunk(chunk: Buffer): void } }
  connection.sendCopyFromChunk(message)
}

/** Stops one of the server's processes until the test is over, or until it is told to go on. */
async function stopped(
  database: RegionDatabase,
  backend: "background writer" | "checkpointer" | "walsender",
): Promise<() => void> {
  const [row] = await sql<{ pid: number }>(
    database,
    `select pid from pg_stat_activity where backend_type = '${backend}'`,
  )
  return stopProcess(row?.pid ?? Number.NaN)
}

function stopProcess(pid: number): () => void {
  process.kill(pid, "SIGSTOP")
  const goOn = () => {
    try {
      process.kill(pid, "SIGCONT")
    } catch {}
  }
  onTestFinished(goOn)
  return goOn
}

it("brings a standby into sync through the gate, under commits that go on", async () => {
  const { east, west, commits, joiner } = await bench()
  const acknowledged: number[] = []
  let writing = true
  const writes = (async () => {
    for (let n = 0; writing; n++) {
      await sql(east.database, `insert into t values (${n})`)
      acknowledged.push(n)
    }
  })()
  await commits.waitFor("gate")
  await commits.renewSenders(joiner, soon())
  await commits.seeWaiting(soon())
  const position = await commits.position()
  await commits.seeFlushed(joiner, position, soon())
  await commits.waitFor(joiner)
  await commits.nudge()
  await commits.barrier(soon())
  writing = false
  await writes

  // From here on what was acknowledged is on the standby, and what is not there is not acknowledged.
  const [flushed] = await sql<{ n: number }>(east.database, "select count(*)::int as n from t")
  expect(flushed?.n).toBe(acknowledged.length)
  await west.database.stop()
  await commits.seeWaiting(soon())
  await commits.waitFor("nobody")
  await commits.seeReturning(soon())
  await commits.barrier(soon())
}, 120_000)

it("sees no commit wait behind a gate that the checkpointer has not come to", async () => {
  const { east, commits } = await bench()
  const goOn = await stopped(east.database, "checkpointer")
  await commits.waitFor("gate")
  const [shown] = await sql<{ synchronous_standby_names: string }>(east.database, "show synchronous_standby_names")
  expect(shown?.synchronous_standby_names).toBe('FIRST 1 ("gate")')
  // Everything says that commits wait, and they do not.
  await commits.barrier(soon())
  await expect(commits.seeWaiting(AbortSignal.timeout(300))).rejects.toThrow()
  goOn()
  await commits.seeWaiting(soon())
}, 120_000)

it("sees no commit return to nobody until the checkpointer has come to it", async () => {
  const { east, commits } = await bench()
  await commits.waitFor("gate")
  await commits.seeWaiting(soon())
  const goOn = await stopped(east.database, "checkpointer")
  await commits.waitFor("nobody")
  await expect(commits.seeReturning(AbortSignal.timeout(300))).rejects.toThrow()
  goOn()
  await commits.seeReturning(soon())
}, 120_000)

it("does not take a walsender that is stopped, and goes by names that list it, for one that has ended", async () => {
  const { east, commits, joiner } = await bench()
  await commits.waitFor(joiner)
  await commits.barrier(soon())
  const goOn = await stopped(east.database, "walsender")
  await commits.waitFor("nobody")
  await commits.seeReturning(soon())
  await commits.waitFor("gate")
  await expect(commits.renewSenders(joiner, AbortSignal.timeout(1_000))).rejects.toThrow()
  goOn()
  await commits.renewSenders(joiner, soon())
}, 120_000)

it("does not take the joiner's for harmless when it has not come to tell what it goes by", async () => {
  const { east, west, commits, joiner } = await bench()
  await west.database.stop()
  await commits.waitFor(joiner)
  const silent = await streamAs(east, standbyName(joiner))
  const shown = `select sync_priority as listed from pg_stat_replication where pid = ${silent}`
  expect(await sql(east.database, shown)).toEqual([{ listed: 0 }])
  const goOn = stopProcess(silent)
  await commits.waitFor("nobody")
  await commits.waitFor("gate")
  await expect(commits.renewSenders(joiner, AbortSignal.timeout(1_000))).rejects.toThrow()
  goOn()
  await untilTrue(undefined, async () => (await sql(east.database, shown)).length === 0, soon())
}, 120_000)

it("does not leave another one alone than the joiner's, though no names list it: it may have read some that do", async () => {
  const { east, commits, joiner } = await bench()
  const other = await streamAs(east, "north_i1", { reports: true })
  const shown = `select sync_priority as listed, flush_lsn is null as silent from pg_stat_replication where pid = ${other}`
  await untilTrue(
    undefined,
    async () => (await sql<{ silent: boolean }>(east.database, shown))[0]?.silent === false,
    soon(),
  )
  const goOn = stopProcess(other)
  await commits.waitFor("gate")
  await expect(commits.renewSenders(joiner, AbortSignal.timeout(1_000))).rejects.toThrow()
  goOn()
  await commits.renewSenders(joiner, soon())
  expect(await sql(east.database, shown)).toEqual([])
}, 120_000)

it("leaves the joiner's walsender alone where no names listed it: it releases nobody behind the gate, however late it loads them", async () => {
  const { east, commits, joiner } = await bench()
  const senders = () => sql(east.database, "select pid from pg_stat_replication where state = 'streaming'")
  const before = await senders()
  const goOn = await stopped(east.database, "walsender")
  await commits.waitFor("gate")
  await commits.renewSenders(joiner, soon())
  await commits.seeWaiting(soon())
  const waiter = await waits(east.database)
  goOn()
  await commits.seeFlushed(joiner, await commits.position(), soon())
  expect([waiter.released, await senders()]).toEqual([false, before])
  await commits.waitFor(joiner)
  await commits.nudge()
  await waiter.end
}, 120_000)

it("does not take a wait that was cancelled for a confirmation", async () => {
  const { east, commits } = await bench()
  await commits.waitFor("gate")
  await commits.seeWaiting(soon())
  const barrier = commits.barrier(soon())
  const cancelled = expect(barrier).rejects.toThrow(/cancelled/)
  await untilTrue(
    undefined,
    async () => {
      const text = "select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'SyncRep'"
      return (await sql(east.database, text)).length > 0
    },
    soon(),
  )
  await cancelled
}, 120_000)

it("leaves no session behind of a barrier that is given up", async () => {
  const { east, commits } = await bench()
  await commits.waitFor("gate")
  await commits.seeWaiting(soon())
  const giveUp = new AbortController()
  const barrier = expect(commits.barrier(giveUp.signal)).rejects.toThrow()
  await untilTrue(undefined, async () => (await waiting(east.database)).length === 1, soon())
  giveUp.abort()
  await barrier
  await untilTrue(undefined, async () => (await waiting(east.database)).length === 0, AbortSignal.timeout(5_000))
}, 120_000)

it.each(["before it has begun", "while it waits"])(
  "gives a barrier up in time though its server stands still, from %s on",
  async moment => {
    const { east, commits } = await bench()
    await commits.waitFor("gate")
    await commits.seeWaiting(soon())
    const freeze = () => onTestFinished(freezeServer(east.database.process?.identity?.pid ?? Number.NaN))
    if (moment === "before it has begun") freeze()
    const giveUp = new AbortController()
    const barrier = expect(commits.barrier(giveUp.signal)).rejects.toThrow()
    if (moment === "while it waits") {
      await untilTrue(undefined, async () => (await waiting(east.database)).length === 1, soon())
      freeze()
    }
    const since = performance.now()
    giveUp.abort()
    await barrier
    expect(performance.now() - since).toBeLessThan(2_500)
  },
  120_000,
)

it("releases who waits behind the gate when it is nudged, however seldom its standby reports by itself", async () => {
  const { east, west, commits, joiner } = await bench()
  // Nothing else is to make it report, neither what the primary writes nor what it asks.
  await sql(west.database, "alter system set wal_receiver_status_interval = '30s'")
  await sql(west.database, "alter system set wal_receiver_timeout = 0")
  await sql(west.database, "select pg_reload_conf()")
  await sql(east.database, "alter system set wal_sender_timeout = 0")
  await stopped(east.database, "background writer")
  await commits.waitFor("gate")
  await commits.renewSenders(joiner, soon())
  await commits.seeWaiting(soon())
  const waiter = await waits(east.database)
  await commits.seeFlushed(joiner, await commits.position(), soon())
  await commits.waitFor(joiner)
  // Its walsender has come to the names.
  const confirms = () => sql(east.database, "select from pg_stat_replication where sync_state = 'sync'")
  await untilTrue(undefined, async () => (await confirms()).length === 1, soon())
  expect([waiter.released, (await waiting(east.database)).length]).toEqual([false, 1])
  const since = performance.now()
  await commits.nudge()
  await waiter.end
  expect(performance.now() - since).toBeLessThan(5_000)
}, 120_000)

it("promotes a standby, its primary still streaming, that holds all that was confirmed and waits from its first commit", async () => {
  const { east, west, commits, joiner } = await bench()
  await commits.waitFor(joiner)
  await commits.barrier(soon())
  await sql(east.database, "insert into t select generate_series(1, 1000)")
  await west.database.promote("gate", soon())
  expect(await west.database.localData()).toMatchObject({ kind: "primary", incarnation: joiner.incarnation })
  expect(await sql(west.database, "select count(*)::int as n from t")).toEqual([{ n: 1_000 }])
  await new ConfirmedCommits(west.database).seeWaiting(soon())
  // Nobody confirms what the old one commits any more.
  await commits.seeWaiting(soon())
}, 120_000)

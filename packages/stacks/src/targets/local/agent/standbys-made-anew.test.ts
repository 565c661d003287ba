import { rmSync } from "node:fs"
import { join } from "node:path"
import type pg from "pg"
import { expect, it, onTestFinished } from "vitest"
import { scratchRegions } from "../../../testing/scratch-regions.ts"
import { killServer } from "../../../testing/server-processes.ts"
import { realWitness, soon, supervise } from "../../../testing/supervised-regions.ts"
import { lacking, waiting, writing } from "../../../testing/writers.ts"
import type { SupervisedDatabase } from "./supervised-database.ts"
import { untilTrue } from "./until.ts"

const zeroLoss = { durability: "zero-loss", lease: 2_000 } as const
const [degrade, block] = [
  { ...zeroLoss, onLoss: "degrade" },
  { ...zeroLoss, onLoss: "block" },
] as const
const writers = 3
const query =
  (database: SupervisedDatabase) =>
  <Result>(work: (client: pg.Client) => Promise<Result>) =>
    database.query(work)

/** West is in sync with east, which is written to. */
async function guarded(policy: typeof degrade | typeof block) {
  const regions = await scratchRegions()
  const { at, store } = await realWitness(regions, policy)
  const [east, west] = [supervise(regions.east, at, policy), supervise(regions.west, at, policy)]
  // Under `block` it serves once the other is there.
  await Promise.all([east.apply(), west.apply()])
  const nowInSync = () => store.read().inSync?.incarnation
  const untilAnother = (than?: string) =>
    untilTrue(undefined, () => nowInSync() !== undefined && nowInSync() !== than, soon())
  await untilAnother()
  await east.database.query(client => client.query("create table t (n int)"))
  const writes = writing(query(east.database), writers)
  onTestFinished(() => writes.stop())
  const grow = async () => {
    const before = writes.acknowledged.length
    await untilTrue(undefined, () => writes.acknowledged.length >= before + 20, soon())
  }
  await grow()
  /** Whom the register named in sync, one after the other. */
  const named = [nowInSync()]
  const write = store.write.bind(store)
  store.write = async (base, next) => {
    const result = await write(base, next)
    const { incarnation } = next.inSync ?? {}
    if (result.written && incarnation !== named.at(-1)) named.push(incarnation)
    return result
  }
  const westAgain = () => supervise(regions.west, at, policy)
  const eastAgain = () => supervise(regions.east, at, policy)
  return { regions, store, east, eastAgain, west, westAgain, writes, grow, named, nowInSync, untilAnother }
}

type Guarded = Awaited<ReturnType<typeof guarded>>

const loseDisk = ({ regions }: Guarded, region: "east" | "west" = "west") =>
  rmSync(join(regions[region].spec.directory, "database"), { recursive: true })

/** East keeps little of what west's slot asks for, and writes more than that. */
async function fallBehind({ east }: Guarded): Promise<void> {
  await east.database.query(async client => {
    await client.query("alter system set max_slot_wal_keep_size = '1MB'")
    await client.query("alter system set wal_keep_size = 0")
    await client.query("select pg_reload_conf()")
    for (let segment = 0; segment < 4; segment++)
      await client.query("select pg_logical_emit_message(false, 'test', 'more', true), pg_switch_wal()")
    await client.query("checkpoint")
  })
  expect(await slotStatus(east.database)).toBe("lost")
}

async function slotStatus(database: SupervisedDatabase): Promise<string | undefined> {
  const text = "select wal_status as status from pg_replication_slots where slot_name = 'region_west'"
  return (await database.query(client => client.query<{ status: string }>(text))).rows[0]?.status
}

/** West is all there is from here on. */
async function failOver({ regions, writes }: Guarded, { database, spec }: ReturnType<Guarded["westAgain"]>) {
  regions.link.close()
  await database.place.claim(soon())
  // Under `block` it would wait for the other to be there again.
  await database.apply({ ...spec, policy: degrade }, soon())
  await writes.stop()
  expect(await lacking(query(database), writes.acknowledged)).toEqual([])
}

it("lets go a standby that lost its disk, or fell behind for good, copies it anew, and loses nothing", async () => {
  const pair = await guarded(degrade)
  const { west, westAgain, grow, named, nowInSync, untilAnother } = pair
  const isNobody = () => nowInSync() === undefined
  await west.database.stop()
  loseDisk(pair)
  await untilTrue(undefined, isNobody, soon())
  await grow()
  const second = westAgain()
  await second.apply()
  await untilAnother()
  await grow()

  await second.database.stop()
  await untilTrue(undefined, isNobody, soon())
  await fallBehind(pair)
  await grow()
  const third = westAgain()
  await third.apply()
  await untilAnother()
  await grow()
  const { incarnation } = await third.database.regionState()
  expect(named).toEqual([named[0], undefined, named[2], undefined, incarnation])
  expect(new Set(named).size).toBe(4)
  await failOver(pair, third)
}, 180_000)

it.each([
  ["degrade", degrade],
  ["block", block],
] as const)(
  "makes a primary that lost its disk anew by itself, once another has its place, under `%s`",
  async (_name, policy) => {
    const pair = await guarded(policy)
    const { east, eastAgain, west, writes, grow, store } = pair
    await grow()
    await east.database.stop()
    loseDisk(pair, "east")
    await writes.stop()
    const { database, apply } = eastAgain()
    const applied = apply()
    await untilTrue(database, () => database.trouble?.code === "DATABASE_LOST", soon())
    await west.database.place.claim(soon())
    await applied
    expect([database.role, database.trouble]).toEqual(["standby", null])
    await untilTrue(undefined, () => store.read().inSync?.region === "east", soon())
    await untilTrue(west.database, () => west.database.role === "primary", soon())
    expect(await lacking(query(west.database), writes.acknowledged)).toEqual([])
  },
  120_000,
)

it("acknowledges nothing before the copy of a standby that lost its disk is in sync, where it must not", async () => {
  const pair = await guarded(block)
  const { east, west, westAgain, writes, grow, named, untilAnother, store } = pair
  const [first] = named
  await west.database.stop()
  loseDisk(pair)
  await untilTrue(undefined, async () => (await waiting(query(east.database))) === writers, soon())
  const before = writes.acknowledged.length
  const write = store.write.bind(store)
  let until = -1
  store.write = async (base, next) => {
    if (next.inSync !== null && next.inSync.incarnation !== first) until = writes.acknowledged.length
    return write(base, next)
  }
  // Nor by its barrier: it waits for the directory that is gone.
  killServer(east.database.process?.identity?.pid ?? Number.NaN)
  await untilTrue(east.database, () => east.database.phase === "waiting for west to confirm a commit", soon())
  const second = westAgain()
  await second.apply()
  await untilAnother(first)
  expect(until).toBe(before)
  await grow()
  expect(named).toHaveLength(2)

  // A directory that is listed is not wiped, of whatever use it is: a person has to let it go.
  await second.database.stop()
  await fallBehind(pair)
  const third = westAgain()
  void third.apply().catch(() => undefined)
  await untilTrue(third.database, () => third.database.phase.startsWith("waiting until east does without"), soon())
  expect(named).toHaveLength(2)
  // Nor once the primary has begun anew, and waits for it in its barrier.
  killServer(east.database.process?.identity?.pid ?? Number.NaN)
  await untilTrue(east.database, () => east.database.phase === "waiting for west to confirm a commit", soon())
  await east.database.apply({ ...east.spec, policy: degrade }, soon())
  await untilTrue(undefined, () => named.length === 4, soon())
  await east.database.apply(east.spec, soon())
  await untilTrue(undefined, () => store.read().onLoss === "block", soon())
  expect(named).toEqual([first, named[1], undefined, (await third.database.regionState()).incarnation])
  await grow()
  await failOver(pair, third)
}, 180_000)

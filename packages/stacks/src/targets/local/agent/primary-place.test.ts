import { expect, it } from "vitest"
import { scratchRegions } from "../../../testing/scratch-regions.ts"
import { admitsRuntimes, realWitness, soon, supervise } from "../../../testing/supervised-regions.ts"
import type { SupervisedDatabase } from "./supervised-database.ts"
import { untilTrue } from "./until.ts"

const longEnough = 30_000
const [degrade, block, async] = [
  { durability: "zero-loss", onLoss: "degrade", lease: 2_000 },
  { durability: "zero-loss", onLoss: "block", lease: 2_000 },
  { durability: "async", onLoss: "degrade", lease: 2_000 },
] as const

async function bothServe(policy: typeof degrade | typeof block | typeof async) {
  const regions = await scratchRegions()
  const { at, store } = await realWitness(regions, policy)
  const [east, west] = [supervise(regions.east, at, policy), supervise(regions.west, at, policy)]
  // Under `block` the primary serves once the other is there.
  await Promise.all([east.apply(), west.apply()])
  const inSync = (region: string) => untilTrue(undefined, () => store.read().inSync?.region === region, soon())
  if (policy.durability === "zero-loss") await inSync("west")
  return { regions, store, east, west, inSync }
}

it.each([
  ["to the region in sync", degrade],
  ["under async, to one that is brought into sync for it", async],
] as const)(
  "is left %s, with all that was written, and its holder comes back without a copy",
  async (_, policy) => {
    const { regions, store, east, west } = await bothServe(policy)
    const former = store.read().incarnation
    await east.database.query(client => client.query("create table t (n int); insert into t values (1)"))
    await east.database.place.leaveTo("west", longEnough, soon())
    expect([store.read().inSync?.region, east.database.role, await admitsRuntimes(regions.east)]).toEqual([
      "west",
      "unknown",
      false,
    ])
    expect(await west.database.place.claim(soon())).toMatchObject({ primary: "west", epoch: 2, ...policy })
    expect(await admitsRuntimes(regions.west)).toBe(true)
    expect((await west.database.query(client => client.query("select n from t"))).rows).toEqual([{ n: 1 }])
    await untilTrue(east.database, () => east.database.role === "standby", soon())
    expect((await east.database.regionState()).incarnation).toBe(former)
  },
  120_000,
)

it("is left where nobody may acknowledge alone, and runtimes are let in again once the former holder is in sync", async () => {
  const { regions, store, east, west } = await bothServe(block)
  const former = store.read().incarnation
  await east.database.query(client => client.query("create table t (n int); insert into t values (1)"))
  // The witness hears of it only when everything else has been looked at.
  const write = store.write.bind(store)
  const { promise: back, resolve: comeBack } = Promise.withResolvers<void>()
  store.write = async (base, next) => {
    if (next.inSync?.region === "east") await back
    return write(base, next)
  }
  await east.database.place.leaveTo("west", longEnough, soon())
  expect(await west.database.place.claim(soon())).toMatchObject({ primary: "west", epoch: 2, inSync: null, ...block })
  await untilTrue(east.database, () => east.database.role === "standby", soon())
  expect([await admitsRuntimes(regions.west), await admitsRuntimes(regions.east)]).toEqual([false, false])
  comeBack()
  await untilTrue(undefined, () => admitsRuntimes(regions.west), soon())
  expect(store.read()).toMatchObject({ primary: "west", epoch: 2, inSync: { region: "east", incarnation: former } })
  expect((await west.database.query(client => client.query("select n from t"))).rows).toEqual([{ n: 1 }])
}, 120_000)

/** So much is written that the standby, which is to keep little, has none of the WAL of before any more. */
async function writeMuch(primary: SupervisedDatabase, standby: SupervisedDatabase): Promise<void> {
  await standby.read(async client => {
    await client.query("alter system set max_slot_wal_keep_size = '1MB'")
    await client.query("alter system set wal_keep_size = 0")
    await client.query("select pg_reload_conf()")
  })
  const position = await primary.query(async client => {
    for (let segment = 0; segment < 4; segment++)
      await client.query("select pg_logical_emit_message(false, 'test', 'more', true), pg_switch_wal()")
    await client.query("checkpoint")
    return (await client.query<{ at: string }>("select pg_current_wal_lsn()::text as at")).rows[0]?.at
  })
  const replayed = async () =>
    (await standby.read(client => client.query("select pg_last_wal_replay_lsn() >= $1 as done", [position]))).rows[0]
      .done
  await untilTrue(undefined, replayed, soon())
  // What is older than this restart point goes.
  await standby.read(client => client.query("checkpoint"))
}

it("is given back to a former holder, for whom the other needs no copy, however much was written meanwhile", async () => {
  const { store, east, west, inSync } = await bothServe(degrade)
  const { incarnation } = await west.database.regionState()
  await east.database.place.leaveTo("west", longEnough, soon())
  await west.database.place.claim(soon())
  await inSync("east")
  await writeMuch(west.database, east.database)
  // What it kept for west as a primary would be lost by now.
  const slots = "select slot_name, wal_status from pg_replication_slots"
  expect((await east.database.read(client => client.query(slots))).rows).toEqual([])
  await west.database.place.leaveTo("east", longEnough, soon())
  await east.database.place.claim(soon())
  await inSync("west")
  expect(store.read()).toMatchObject({ primary: "east", epoch: 3, inSync: { region: "west", incarnation } })
}, 120_000)

it("is taken back when nobody claims it, and kept where nobody could", async () => {
  const regions = await scratchRegions()
  const { at, store } = await realWitness(regions, degrade)
  const [east, west] = [supervise(regions.east, at, degrade), supervise(regions.west, at, degrade)]
  await east.apply()
  await expect(east.database.place.leaveTo("west", longEnough, AbortSignal.timeout(200))).rejects.toMatchObject({
    code: "HANDOVER_REFUSED",
    message: "east cannot leave the primary's place to west now: west does not follow it",
  })
  expect(east.database.role).toBe("primary")
  await west.apply()
  await untilTrue(undefined, () => store.read().inSync?.region === "west", soon())
  await east.database.place.leaveTo("west", 100, soon())
  await untilTrue(east.database, () => east.database.role === "primary", soon())
  expect(store.read()).toMatchObject({ primary: "east", epoch: 1, inSync: { region: "west" } })
  expect(await admitsRuntimes(regions.east)).toBe(true)
  await expect(west.database.place.leaveTo("east", longEnough, soon())).rejects.toMatchObject({
    code: "HANDOVER_REFUSED",
  })
}, 120_000)

import { expect, it } from "vitest"
import { type ScratchRegion, threeScratchRegions } from "../../../testing/scratch-regions.ts"
import { realWitness, soon, supervise } from "../../../testing/supervised-regions.ts"
import { replayedPosition } from "../postgres/replication-lag.ts"
import type { SupervisedDatabase } from "./supervised-database.ts"
import { untilTrue } from "./until.ts"

const async = { durability: "async", onLoss: "degrade", lease: 2_000 } as const

const rows = async (database: SupervisedDatabase): Promise<number[]> =>
  (await database.read(client => client.query<{ n: number }>("select n from t order by n"))).rows.map(({ n }) => n)

const acknowledged = `
  insert into chatops.turns (id, tenant, position, release_id, arm, epoch, model, status, parameters, input, output, metadata, created_at)
  values ('ahead', 't', 1, 'r', 'default', 1, 'm', 'completed', '{}', '[]', '[]', '{}', now())`

it("makes a third region anew that was ahead of the one that took over, under async, and reports what only it had", async () => {
  const regions = await threeScratchRegions()
  const { at, store } = await realWitness(regions, async)
  const held = (region: ScratchRegion) => supervise(region, at, async)
  const [east, west, north] = [held(regions.east), held(regions.west), held(regions.north)]
  await east.apply()
  await Promise.all([west.apply(), north.apply()])
  await east.database.query(client => client.query("create table t (n int); insert into t values (1)"))
  const holds = (database: SupervisedDatabase, all: number[]) =>
    untilTrue(undefined, async () => (await rows(database).catch(() => [])).join() === all.join(), soon())
  await Promise.all([holds(west.database, [1]), holds(north.database, [1])])
  const { incarnation } = await north.database.regionState()

  regions.link.close()
  await east.database.query(client => client.query("insert into t values (2)"))
  await east.database.query(client => client.query(acknowledged))
  await holds(north.database, [1, 2])
  await untilTrue(undefined, async () => (await north.database.read(replayedPosition)).turns === 1, soon())
  await east.database.stop()
  await west.database.place.claim(soon(), { accepts: "async" })
  expect(store.read()).toMatchObject({ primary: "west", epoch: 2, claim: "async" })
  await west.database.query(client => client.query("insert into t values (3)"))

  await holds(north.database, [1, 3])
  await untilTrue(undefined, async () => (await north.database.regionState()).streaming, soon())
  expect((await north.database.regionState()).incarnation).not.toBe(incarnation)
  expect(north.database.role).toBe("standby")
  // What only it had is not gone with its directory.
  const lost = async () => (await north.database.regionState()).lostTurns
  await untilTrue(undefined, async () => (await lost()) !== null, soon())
  expect(await lost()).toMatchObject({ epoch: 1, primary: "west", claim: "async", turns: 1, repeated: 0 })
}, 180_000)

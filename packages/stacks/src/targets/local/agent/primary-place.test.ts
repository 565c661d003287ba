import { expect, it } from "vitest"
import { scratchRegions } from "../../../testing/scratch-regions.ts"
import { admitsRuntimes, realWitness, soon, supervise } from "../../../testing/supervised-regions.ts"
import { untilTrue } from "./until.ts"

const longEnough = 30_000

it.each([
  ["to the region in sync", { durability: "zero-loss", onLoss: "degrade", lease: 2_000 }],
  ["under async, to one that is brought into sync for it", { durability: "async", onLoss: "degrade", lease: 2_000 }],
] as const)(
  "is left %s, with all that was written, and its holder comes back without a copy",
  async (_, policy) => {
    const regions = await scratchRegions()
    const { at, store } = await realWitness(regions, policy)
    const [east, west] = [supervise(regions.east, at, policy), supervise(regions.west, at, policy)]
    await east.apply()
    await west.apply()
    if (policy.durability === "zero-loss")
      await untilTrue(undefined, () => store.read().inSync?.region === "west", soon())
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

it("is taken back when nobody claims it, and kept where nobody could", async () => {
  const regions = await scratchRegions()
  const policy = { durability: "zero-loss", onLoss: "degrade", lease: 2_000 } as const
  const { at, store } = await realWitness(regions, policy)
  const [east, west] = [supervise(regions.east, at, policy), supervise(regions.west, at, policy)]
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

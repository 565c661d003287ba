import { once } from "node:events"
import { expect, it } from "vitest"
import { scratchRegions } from "../../../testing/scratch-regions.ts"
import { admitsRuntimes, realWitness, soon, supervise } from "../../../testing/supervised-regions.ts"
import { untilTrue } from "./until.ts"

const [async, degrade] = [
  { durability: "async", onLoss: "degrade", lease: 2_000 },
  { durability: "zero-loss", onLoss: "degrade", lease: 2_000 },
] as const
type Row = { readonly renewal: string; readonly alone: boolean; readonly length: number }

it("tells runtimes whether somebody is in sync, and counts what the witness answers while nobody is", async () => {
  const regions = await scratchRegions()
  const { at, store } = await realWitness(regions, degrade)
  const [east, west] = [supervise(regions.east, at, degrade), supervise(regions.west, at, degrade)]
  await east.apply()
  const row = async () =>
    (
      await east.database.query(client =>
        client.query<Row>("select alone, length, last_value as renewal from chatops.lease, chatops.lease_renewals"),
      )
    ).rows[0]
  const first = await row()
  expect(first).toMatchObject({ alone: true, length: 2_000 })
  const isRenewed = async () => Number((await row())?.renewal) >= Number(first?.renewal) + 3
  await untilTrue(undefined, isRenewed, soon())
  await west.apply()
  await untilTrue(undefined, async () => (await row())?.alone === false, soon())
  expect(store.read().inSync?.region).toBe("west")
  // Runtimes hear of it before the witness does.
  const told = Promise.withResolvers<boolean | undefined>()
  const write = store.write.bind(store)
  store.write = async (base, next) => {
    if (next.inSync === null) told.resolve((await row())?.alone)
    return write(base, next)
  }
  await west.database.stop()
  expect(await told.promise).toBe(true)
}, 120_000)

it("closes a primary that acknowledges by its lease once the witness answers no more, and opens it again", async () => {
  const regions = await scratchRegions()
  const { at, server, listen } = await realWitness(regions, async)
  const east = supervise(regions.east, at, async)
  await east.apply()
  server.closeAllConnections()
  server.close()
  await once(server, "close")
  await untilTrue(undefined, () => east.database.role === "unknown" && east.database.process === undefined, soon())
  expect(await admitsRuntimes(regions.east)).toBe(false)
  await listen()
  await untilTrue(undefined, () => east.database.role === "primary", soon())
  expect(await admitsRuntimes(regions.east)).toBe(true)
}, 120_000)

it("lets a primary that a region is in sync with go on without the witness, also when that region was away", async () => {
  const regions = await scratchRegions()
  const { at, store, server } = await realWitness(regions, degrade)
  const [east, west] = [supervise(regions.east, at, degrade), supervise(regions.west, at, degrade)]
  await east.apply()
  await west.apply()
  await untilTrue(undefined, () => store.read().inSync?.region === "west", soon())
  server.closeAllConnections()
  server.close()
  let closed = false
  east.database.on("change", () => {
    closed ||= east.database.role !== "primary"
  })
  // Away for longer than it takes to be missed, and than a lease.
  regions.link.close()
  const since = performance.now()
  await untilTrue(undefined, () => performance.now() - since > 4_000, soon())
  await regions.link.listen()
  // Confirmed by nobody but west.
  await east.database.query(client => client.query("create table t (n int)"))
  const { rows } = await east.database.query(client => client.query("select alone from chatops.lease"))
  expect([rows, closed, await admitsRuntimes(regions.east)]).toEqual([[{ alone: false }], false, true])
}, 120_000)

it("makes a region primary that was not in sync, but only when the former one's lease is over", async () => {
  const regions = await scratchRegions()
  const { at, store } = await realWitness(regions, async)
  const [east, west] = [supervise(regions.east, at, async), supervise(regions.west, at, async)]
  await east.apply()
  await west.apply()
  const [began, claiming] = [performance.now(), west.database.place.claim(soon(), { accepts: "async" })]
  await untilTrue(undefined, () => store.read().primary === "west", soon())
  expect(west.database.role).not.toBe("primary")
  expect(await claiming).toMatchObject({ epoch: 2, primary: "west", claim: "async" })
  expect(performance.now() - began).toBeGreaterThan(2_000)
  // Its predecessor reads of that, and follows.
  await untilTrue(undefined, () => east.database.role === "standby", soon())
}, 120_000)

it("opens a promoted region that has had no restart point since the count of renewals was made", async () => {
  const regions = await scratchRegions()
  const { at, store } = await realWitness(regions, degrade)
  const [east, west] = [supervise(regions.east, at, degrade), supervise(regions.west, at, degrade)]
  await east.apply()
  await west.apply()
  await untilTrue(undefined, () => store.read().inSync?.region === "west", soon())
  // As a migration does it while a standby follows.
  await east.database.query(client =>
    client.query(`drop sequence chatops.lease_renewals; create unlogged sequence chatops.lease_renewals;
                  alter sequence chatops.lease_renewals owner to owner; grant select on chatops.lease_renewals to runtime`),
  )
  await east.database.place.leaveTo("west", 30_000, soon())
  expect(await west.database.place.claim(soon())).toMatchObject({ primary: "west", claim: "in-sync" })
  expect(await admitsRuntimes(regions.west)).toBe(true)
  const { rows } = await west.database.query(client =>
    client.query("select has_sequence_privilege('runtime', 'chatops.lease_renewals', 'select') as readable"),
  )
  expect(rows).toEqual([{ readable: true }])
}, 120_000)

import { existsSync, mkdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { schemaVersion } from "@chatops/runtime/contract"
import { expect, it } from "vitest"
import { scratchRegions } from "../../../testing/scratch-regions.ts"
import { admitsRuntimes, realWitness, soon, supervise } from "../../../testing/supervised-regions.ts"
import { prepareRoles } from "../postgres/roles.ts"
import { migrateSchema } from "./migrate-schema.ts"
import type { SupervisedDatabase } from "./supervised-database.ts"
import { untilTrue } from "./until.ts"

const schemaIn = ({ database }: { database: SupervisedDatabase }) =>
  database.query(async client => (await client.query("select max(version) as n from chatops.migrations")).rows[0].n)

it("makes the environment's first database, once, and lets runtimes in when it has its schema", async () => {
  const regions = await scratchRegions()
  const { store, at } = await realWitness(regions)
  const east = supervise(regions.east, at)
  await east.apply()
  expect(east.database.role).toBe("primary")
  // Holds the contract's constant equal to what migrating makes.
  expect(await schemaIn(east)).toBe(schemaVersion)
  const { incarnation } = await east.database.regionState()
  expect(store.read()).toMatchObject({ primary: "east", incarnation })
  expect(await admitsRuntimes(regions.east)).toBe(true)
  expect(east.troubles).toEqual(new Set())

  // A second time nothing is made anew, nobody who is in is shut out, and the witness is left alone.
  const { version } = store.read()
  await east.apply()
  expect([(await east.database.regionState()).incarnation, store.read().version]).toEqual([incarnation, version])
}, 90_000)

it("watches its own database, by one connection however often it was told something else", async () => {
  const regions = await scratchRegions()
  const { at } = await realWitness(regions)
  const { database, spec, apply } = supervise(regions.east, at)
  const watched = () => untilTrue(database, () => database.pulse.primary?.state === "alive", soon())
  await apply()
  await watched()
  for (const maxConnections of [30, 31]) {
    await database.apply({ ...spec, database: { ...spec.database, maxConnections } }, soon())
    await watched()
  }
  expect(database.pulse.primary).toEqual({ region: "east", state: "alive" })
  const text = "select count(*)::int as n from pg_stat_activity where application_name = 'chatops-pulse'"
  expect(await database.query(async client => (await client.query(text)).rows)).toEqual([{ n: 1 }])
}, 90_000)

it("goes on with a first start that was interrupted after the database was made", async () => {
  const regions = await scratchRegions()
  const { store, at } = await realWitness(regions)
  await regions.east.database.initialise()
  const { incarnation } = regions.east.database
  await supervise(regions.east, at).apply()
  expect(store.read().incarnation).toBe(incarnation)
}, 60_000)

it("stays closed while the witness is away at a restart, says so, and opens when it is back", async () => {
  const regions = await scratchRegions()
  const { listen, at } = await realWitness(regions)
  const first = supervise(regions.east, at)
  await first.apply()
  await first.database.stop()
  const away = { ...at, url: "http://127.0.0.1:1" }
  const closed = supervise(regions.east, away)
  const applying = closed.apply().catch(() => undefined)
  await untilTrue(undefined, () => closed.troubles.has("WITNESS_UNREACHABLE"), soon())
  expect(closed.database.process).toBeUndefined()
  await closed.database.stop()
  void applying
  await listen().catch(() => undefined)
  const again = supervise(regions.east, at)
  await again.apply()
  expect(again.database.role).toBe("primary")
}, 60_000)

it("stops before it has begun, and begins no more", async () => {
  const regions = await scratchRegions()
  const { store, at } = await realWitness(regions)
  const east = supervise(regions.east, at)
  const applying = expect(east.apply()).rejects.toThrow("stopping")
  await east.database.stop()
  await applying
  await expect(east.apply()).rejects.toThrow("stopping")
  expect([east.database.process, store.read().incarnation]).toEqual([undefined, null])
})

it("never makes a database anew over one that the witness knows, and says so", async () => {
  const regions = await scratchRegions()
  const { store, at } = await realWitness(regions, { incarnation: "i0123456789" })
  const east = supervise(regions.east, at)
  const lost = { code: "DATABASE_LOST", message: expect.stringContaining("i0123456789") }
  void east.apply().catch(() => undefined)
  await untilTrue(east.database, () => east.database.trouble !== null, soon())
  expect(east.database.trouble).toMatchObject(lost)
  expect(await regions.east.database.localData()).toEqual({ kind: "none" })
  expect(store.read().version).toBe(1)
})

it("keeps closed before a witness that was restored from an older copy", async () => {
  const regions = await scratchRegions()
  const { at, store } = await realWitness(regions)
  const first = supervise(regions.east, at)
  await first.apply()
  await first.database.stop()
  expect(store.read().version).toBeGreaterThan(1)
  const old = await realWitness({ ...regions, east: regions.west })
  const again = supervise(regions.east, old.at)
  await expect(again.apply()).rejects.toMatchObject({ code: "WITNESS_WENT_BACK" })
  expect(again.database.process).toBeUndefined()
}, 60_000)

it("lets a standby's new replicas wait for the schema that they need", async () => {
  const regions = await scratchRegions()
  const { at } = await realWitness(regions)
  const { east } = regions
  // A primary that has not been migrated yet, as while both regions start at once.
  await east.database.initialise()
  await east.database.start(undefined, soon())
  const west = supervise(regions.west, at)
  const applying = west.apply()
  await untilTrue(undefined, () => west.troubles.has("DATABASE_COPY"), soon())
  await prepareRoles(east.database, east.spec.database)
  await untilTrue(undefined, () => west.troubles.has("SCHEMA_BEHIND"), soon())
  expect(west.phases).toContain("waiting for the schema that east makes")
  await migrateSchema(east.spec, soon())
  await applying
  expect([west.database.role, west.database.trouble]).toEqual(["standby", null])
  expect(await admitsRuntimes(regions.west)).toBe(false)
}, 120_000)

it("says why the schema could not be brought up to date, and does not open", async () => {
  const regions = await scratchRegions()
  const { at } = await realWitness(regions)
  const first = supervise(regions.east, at)
  await first.apply()
  await first.database.query(session =>
    session.query("insert into chatops.migrations values (999, 'tomorrow', '', true)"),
  )
  await first.database.stop()
  const again = supervise(regions.east, at)
  void again.apply().catch(() => undefined)
  await untilTrue(undefined, () => again.troubles.has("MIGRATION_FAILED"), soon())
  expect(again.database.trouble?.message).toMatch(/^SCHEMA_TOO_NEW: .*tomorrow/)
  expect(await admitsRuntimes(regions.east)).toBe(false)
}, 60_000)

it("takes over only where it holds everything that was acknowledged", async () => {
  const regions = await scratchRegions()
  const { at, store } = await realWitness(regions)
  const policy = { durability: "zero-loss", onLoss: "degrade", lease: 2_000 } as const
  // West's specification is from before the promise was changed, as after a deploy that did not reach it.
  const [east, west] = [supervise(regions.east, at, policy), supervise(regions.west, at)]
  await east.apply()
  await west.apply()
  await untilTrue(undefined, () => store.read().inSync?.region === "west", soon())
  regions.link.close()
  await untilTrue(undefined, () => store.read().inSync === null, soon())
  await expect(west.database.place.claim(soon())).rejects.toMatchObject({
    code: "CLAIM_REFUSED",
    message: "no region is in sync at epoch 1: west may lack turns that were acknowledged",
  })
  expect(await east.database.place.claim(soon())).toMatchObject({ primary: "east", epoch: 1 })

  await regions.link.listen()
  await untilTrue(undefined, () => store.read().inSync?.region === "west", soon())
  expect(await west.database.place.claim(soon())).toMatchObject({ primary: "west", epoch: 2 })
  expect(await admitsRuntimes(regions.west)).toBe(true)
  // The former primary gives way, and comes back as the standby that is in sync.
  await untilTrue(undefined, () => store.read().inSync?.region === "east", soon())
  expect([east.database.role, await admitsRuntimes(regions.east)]).toEqual(["standby", false])
  expect(store.read()).toMatchObject(policy)
}, 180_000)

it("copies a standby anew with whose directory PostgreSQL does not start, once the witness does not list it", async () => {
  const regions = await scratchRegions()
  const { at, store } = await realWitness(regions)
  const policy = { durability: "zero-loss", onLoss: "degrade", lease: 2_000 } as const
  const [east, west] = [supervise(regions.east, at, policy), supervise(regions.west, at, policy)]
  await east.apply()
  await west.apply()
  await untilTrue(undefined, () => store.read().inSync?.region === "west", soon())
  const damaged = store.read().inSync?.incarnation ?? ""
  const directory = join(regions.west.spec.directory, "database", damaged)
  // A directory, since what is left of the server for a moment could write a file's contents once more.
  rmSync(join(directory, "global", "pg_control"))
  mkdirSync(join(directory, "global", "pg_control"))
  process.kill(west.database.process?.state.pid ?? 0, "SIGKILL")
  await untilTrue(undefined, () => ![undefined, damaged].includes(store.read().inSync?.incarnation), soon())
  expect([store.read().inSync?.region, existsSync(directory)]).toEqual(["west", false])
  expect(west.database.trouble).toBeNull()
}, 120_000)

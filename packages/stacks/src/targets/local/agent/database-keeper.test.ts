import { readFileSync } from "node:fs"
import { join } from "node:path"
import { type Register, schemaVersion } from "@chatops/runtime/contract"
import pg from "pg"
import { expect, it, onTestFinished } from "vitest"
import type { Witness } from "../../../failover/witness.ts"
import { type ScratchRegion, type ScratchRegions, scratchRegions } from "../../../testing/scratch-regions.ts"
import { firstRegister } from "../../../testing/witness-agent.ts"
import { findFreePort } from "../free-port.ts"
import type { RegionDatabase } from "../postgres/region-database.ts"
import { prepareRoles } from "../postgres/roles.ts"
import { serveRegister } from "../witness/register-server.ts"
import { RegisterStore } from "../witness/register-store.ts"
import { WitnessClient } from "../witness/witness-client.ts"
import { keepDatabase } from "./database-keeper.ts"
import { migrateSchema } from "./migrate-schema.ts"
import { untilTrue } from "./until.ts"

const soon = () => AbortSignal.timeout(60_000)

async function realWitness({ tokenFile, east }: ScratchRegions, initial: Partial<Register> = {}) {
  const store = await RegisterStore.open(join(east.spec.directory, "register.json"), { ...firstRegister, ...initial })
  const port = await findFreePort(new Set())
  const listen = async () => {
    const server = await serveRegister(store, readFileSync(tokenFile, "utf8"), port)
    onTestFinished(() => void server.close())
    return server
  }
  return { store, listen, client: new WitnessClient(`http://127.0.0.1:${port}`, tokenFile) }
}

/** Keeps the region's database with an impatient keeper, and records what it says. */
function keep(region: ScratchRegion, witness: Witness, database: RegionDatabase = region.database, signal = soon()) {
  const [phases, troubles] = [[] as string[], [] as string[]]
  const events = {
    phase: (text: string) => void phases.push(text),
    register: () => undefined,
    trouble: ({ code }: { code: string }) => void troubles.push(code),
  }
  const patience = { witness: 0, primary: 0 }
  const kept = keepDatabase({ spec: region.spec, database, witness, events, patience }, signal)
  // Some are awaited later than they fail.
  kept.catch(() => undefined)
  return { kept, phases, troubles }
}

async function admitsRuntimes({ spec }: ScratchRegion): Promise<boolean> {
  const password = readFileSync(spec.database.passwords.runtime, "utf8")
  const client = new pg.Client({
    host: "127.0.0.1",
    port: spec.database.port,
    user: "runtime",
    password,
    database: "chatops",
  })
  return client.connect().then(
    async () => client.end().then(() => true),
    () => false,
  )
}

it("makes the environment's first database: schema, then the register, then runtimes", async () => {
  const regions = await scratchRegions()
  const { east } = regions
  const { client, store, listen } = await realWitness(regions)
  await listen()
  const seen: unknown[] = []
  const watching: Witness = {
    read: signal => client.read(signal),
    write: async (base, change, signal) => {
      const { rows } = await east.database.query("chatops", session =>
        session.query("select max(version) as n from chatops.migrations"),
      )
      seen.push({ schema: rows[0].n, admitted: await admitsRuntimes(east) })
      return client.write(base, change, signal)
    },
  }
  const { kept, troubles } = keep(east, watching)
  expect(await kept).toBe("primary")
  // Holds the contract's constant equal to what migrating makes.
  expect(seen).toEqual([{ schema: schemaVersion, admitted: false }])
  expect(store.read()).toMatchObject({ version: 2, primary: "east", incarnation: east.database.incarnation })
  expect(await admitsRuntimes(east)).toBe(true)
  expect(troubles).toEqual([])

  // A second time nothing is made anew, and nobody who is in is shut out.
  const incarnation = east.database.incarnation
  expect(await keep(east, client).kept).toBe("primary")
  expect([east.database.incarnation, store.read().version]).toEqual([incarnation, 3])
}, 90_000)

it("goes on with a first start that was interrupted after the database was made", async () => {
  const regions = await scratchRegions()
  const { east } = regions
  const { client, store, listen } = await realWitness(regions)
  await listen()
  await east.database.initialise()
  const { incarnation } = east.database
  const reopened = await east.reopened()
  expect(await keep(east, client, reopened).kept).toBe("primary")
  expect(reopened.incarnation).toBe(incarnation)
  expect(store.read().incarnation).toBe(incarnation)
}, 60_000)

it("settles a register write whose answer got lost, and opens only then", async () => {
  const regions = await scratchRegions()
  const { east } = regions
  const { client, store, listen } = await realWitness(regions)
  await listen()
  let lost = 0
  const forgetful: Witness = {
    read: signal => client.read(signal),
    write: async (base, change, signal) => {
      const result = await client.write(base, change, signal)
      if (lost++ > 0) return result
      expect(await admitsRuntimes(east)).toBe(false)
      return { outcome: "unknown", reason: "the connection broke" }
    },
  }
  const { kept, troubles } = keep(east, forgetful)
  expect(await kept).toBe("primary")
  expect(troubles).toEqual(["WITNESS_UNREACHABLE"])
  expect(store.read()).toMatchObject({ version: 3, incarnation: east.database.incarnation })
}, 60_000)

it("stays closed while the witness is away at a restart, says so, and opens when it is back", async () => {
  const regions = await scratchRegions()
  const { east } = regions
  const { client, listen } = await realWitness(regions)
  const server = await listen()
  await keep(east, client).kept
  await east.database.stop()
  const closed = new Promise(resolve => server.close(resolve))
  server.closeAllConnections()
  await closed
  const database = await east.reopened()
  const { kept, troubles } = keep(east, client, database)
  await untilTrue(undefined, () => troubles.length > 2, soon())
  expect(new Set(troubles)).toEqual(new Set(["WITNESS_UNREACHABLE"]))
  expect(database.process).toBeUndefined()
  await listen()
  expect(await kept).toBe("primary")
}, 60_000)

it("never makes a database anew over one that the witness knows", async () => {
  const regions = await scratchRegions()
  const { client, store, listen } = await realWitness(regions, { incarnation: "i0123456789" })
  await listen()
  const { kept } = keep(regions.east, client)
  await expect(kept).rejects.toMatchObject({ code: "DATABASE_LOST", message: expect.stringContaining("i0123456789") })
  expect(await regions.east.database.localData()).toEqual({ kind: "none" })
  expect(store.read().version).toBe(1)
})

it("does not open, and stops, when another became primary while it started", async () => {
  const regions = await scratchRegions()
  const { east } = regions
  const { client, listen } = await realWitness(regions)
  await listen()
  const overtaken: Witness = {
    read: signal => client.read(signal),
    write: async (base, change, signal) => {
      await client.write(base, { epoch: 2, primary: "west", incarnation: "i1" }, signal)
      return client.write(base, change, signal)
    },
  }
  await expect(keep(east, overtaken).kept).rejects.toMatchObject({ code: "REGION_SUPERSEDED" })
  expect(east.database.process).toBeUndefined()
}, 60_000)

it("lets a standby's new replicas wait for the schema that they need", async () => {
  const regions = await scratchRegions()
  const { east, west } = regions
  const { client, store, listen } = await realWitness(regions)
  await listen()
  // A primary that has not been migrated yet, as while both regions start at once.
  await east.database.initialise()
  await east.database.start(undefined, soon())
  const { kept, phases, troubles } = keep(west, client)
  await untilTrue(undefined, () => troubles.includes("DATABASE_COPY"), soon())
  await prepareRoles(east.database, east.spec.database)
  await untilTrue(undefined, () => troubles.includes("SCHEMA_BEHIND"), soon())
  expect(phases.at(-1)).toBe("waiting for the schema that east makes")
  await migrateSchema(east.spec, soon())
  expect(await kept).toBe("standby")
  expect(await admitsRuntimes(west)).toBe(false)
  expect(store.read().version).toBe(1)

  // The same again, with a living standby and with a new supervisor.
  const { incarnation } = west.database
  expect(await keep(west, client).kept).toBe("standby")
  await west.database.stop()
  const reopened = await west.reopened()
  expect(await keep(west, client, reopened).kept).toBe("standby")
  expect(reopened.incarnation).toBe(incarnation)
}, 120_000)

it("repeats why the schema could not be brought up to date, and does not open", async () => {
  const regions = await scratchRegions()
  const { east } = regions
  const { client, listen } = await realWitness(regions)
  await listen()
  await keep(east, client).kept
  await east.database.query("chatops", session =>
    session.query("insert into chatops.migrations values (999, 'tomorrow', '', true)"),
  )
  await east.database.stop()
  await expect(keep(east, client, await east.reopened()).kept).rejects.toMatchObject({
    code: "MIGRATION_FAILED",
    message: expect.stringMatching(/^SCHEMA_TOO_NEW: .*tomorrow/),
  })
  expect(await admitsRuntimes(east)).toBe(false)
}, 60_000)

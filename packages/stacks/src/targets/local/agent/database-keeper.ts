import { execFile } from "node:child_process"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { promisify } from "node:util"
import type { MigrationSettings, Register } from "@chatops/runtime/contract"
import { ChatopsError } from "../../../errors/chatops-error.ts"
import { decideStart } from "../../../failover/start-decision.ts"
import type { Witness } from "../../../failover/witness.ts"
import { detachedEnvironment } from "../../../process/environment-variables.ts"
import type { RegionDatabase } from "../postgres/region-database.ts"
import { postgresSocketDirectory } from "../layout.ts"
import { prepareRoles } from "../postgres/roles.ts"
import { runtimeProgram } from "./node-process.ts"
import type { RegionSpec } from "./spec.ts"

export interface DatabaseKeeperEvents {
  phase(text: string): void
  register(register: Register): void
}

const firstRetry = 50
const longestRetry = 500
const worthMentioning = 10_000

/**
 * Brings the region's database to where the witness wants it, from whatever it finds: the one place that turns a
 * start decision into action. Repeatable; every call ends with a database that serves its role, or throws.
 */
export async function keepDatabase(
  spec: RegionSpec,
  database: RegionDatabase,
  witness: Witness,
  events: DatabaseKeeperEvents,
  signal: AbortSignal,
): Promise<"primary" | "standby"> {
  events.phase("asking the witness who is primary")
  const register = await retry(signal, async () => witness.read(signal))
  events.register(register)
  database.use(spec.database)
  const decision = decideStart(spec.region, register, await database.localData())
  switch (decision.action) {
    case "refuse":
      throw new ChatopsError(decision.code, decision.reason)
    case "initialise":
      events.phase("creating the database")
      await database.initialise()
      return lead(spec, database, witness, register, true, events, signal)
    case "lead":
      return lead(spec, database, witness, register, decision.announce, events, signal)
    case "copy":
      await copy(database, register.primary, events, signal)
      return follow(database, register.primary, events, signal)
    case "follow":
      return follow(database, register.primary, events, signal)
  }
}

async function lead(
  spec: RegionSpec,
  database: RegionDatabase,
  witness: Witness,
  register: Register,
  announce: boolean,
  events: DatabaseKeeperEvents,
  signal: AbortSignal,
): Promise<"primary"> {
  events.phase("starting PostgreSQL as the primary")
  await database.start(undefined, signal)
  await prepareRoles(database, spec.database)
  events.phase("bringing the schema up to date")
  await migrate(spec)
  // Writing the register once more kills writes of a former life that are still under way (rule 5).
  const incarnation = announce ? database.incarnation : register.incarnation
  const write = await witness.write(register, { incarnation }, signal)
  if (write.outcome !== "written") throw new ChatopsError("WITNESS_UNREACHABLE", "the register could not be confirmed before opening the database")
  events.register(write.register)
  await database.query(spec.database.name, client =>
    client.query("update chatops.epoch set epoch = $1 where epoch < $1", [write.register.epoch]),
  )
  await database.admit("open")
  return "primary"
}

async function copy(database: RegionDatabase, primary: string, events: DatabaseKeeperEvents, signal: AbortSignal): Promise<void> {
  events.phase(`waiting for ${primary} to copy its data`)
  const began = performance.now()
  await retry(signal, async () => {
    try {
      await database.copyFrom(primary, signal)
      return true
    } catch (error) {
      // While the primary itself starts, refusals are the normal case.
      if (performance.now() - began > worthMentioning) events.phase(`waiting for ${primary}: ${(error as Error).message}`)
      return undefined
    }
  })
}

async function follow(database: RegionDatabase, primary: string, events: DatabaseKeeperEvents, signal: AbortSignal): Promise<"standby"> {
  events.phase(`starting PostgreSQL as a standby of ${primary}`)
  await database.start(primary, signal)
  return "standby"
}

async function migrate(spec: RegionSpec): Promise<void> {
  const settings: MigrationSettings = {
    host: postgresSocketDirectory(spec.socket),
    port: spec.database.port,
    database: spec.database.name,
    user: "owner",
    passwordFile: spec.database.passwords.owner,
    runtimeRole: "runtime",
  }
  const file = join(spec.directory, "settings", "migrate.json")
  await writeFile(file, JSON.stringify(settings), { mode: 0o600 })
  try {
    await promisify(execFile)(process.execPath, [runtimeProgram("migrate")], {
      env: detachedEnvironment({ CHATOPS_SETTINGS: file }),
    })
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string }
    throw new ChatopsError("MIGRATION_FAILED", stderr?.trim().split("\n").at(-1) || message, { cause: error })
  }
}

/** Tries until there is a value, ever more slowly; only the signal ends it. */
async function retry<Value>(signal: AbortSignal, attempt: () => Promise<Value | undefined>): Promise<Value> {
  for (let pause = firstRetry; ; pause = Math.min(pause * 1.5, longestRetry)) {
    const value = await attempt()
    if (value !== undefined) return value
    await delay(pause, undefined, { signal })
  }
}

import { setTimeout as delay } from "node:timers/promises"
import { type Register, schemaVersion } from "@chatops/runtime/contract"
import { ChatopsError } from "../../../errors/chatops-error.ts"
import { decideStart } from "../../../failover/start-decision.ts"
import type { Witness } from "../../../failover/witness.ts"
import type { RegionDatabase } from "../postgres/region-database.ts"
import { replicatedSchemaVersion } from "../postgres/replicated-schema.ts"
import { prepareRoles } from "../postgres/roles.ts"
import { migrateSchema } from "./migrate-schema.ts"
import type { RegionSpec } from "./spec.ts"

export interface DatabaseKeeperEvents {
  phase(text: string): void
  register(register: Register): void
  /** Something is in the way for longer than it should be. It goes on being tried. */
  trouble(error: ChatopsError): void
}

/** How long something may be in the way before it is called trouble, in milliseconds. */
export interface Patience {
  readonly witness: number
  /** Longer: the primary may be creating its database, or restarting. */
  readonly primary: number
}

const usualPatience: Patience = { witness: 10_000, primary: 90_000 }
const migrationWatchInterval = 5_000
const firstRetry = 50
const longestRetry = 500

export interface DatabaseKeeperParts {
  readonly spec: RegionSpec
  readonly database: RegionDatabase
  readonly witness: Witness
  readonly events: DatabaseKeeperEvents
  readonly patience?: Patience
}

/**
 * Brings the region's database to where the witness wants it, from whatever it finds: the one place that turns a
 * start decision into action. Repeatable; every call ends with a database that serves its role, or throws.
 */
export async function keepDatabase(parts: DatabaseKeeperParts, signal: AbortSignal): Promise<"primary" | "standby"> {
  parts.database.use(parts.spec.database)
  for (;;) {
    const register = await readRegister(parts, signal)
    parts.events.register(register)
    const role = await carryOut(parts, register, signal)
    if (role) return role
  }
}

/** Nothing: the register changed meanwhile, and the decision with it. */
async function carryOut(parts: DatabaseKeeperParts, register: Register, signal: AbortSignal) {
  const { spec, database, events } = parts
  const decision = decideStart(spec.region, register, await database.localData())
  switch (decision.action) {
    case "refuse":
      await database.stop()
      throw new ChatopsError(decision.code, decision.reason)
    case "initialise":
      events.phase("creating the database")
      await database.initialise()
      return lead(parts, register, true, signal)
    case "lead":
      return lead(parts, register, decision.announce, signal)
    case "copy":
      await copy(parts, register.primary, signal)
      return follow(parts, register.primary, signal)
    case "follow":
      if (await database.hasLostSlot(register.primary, signal)) await copy(parts, register.primary, signal)
      return follow(parts, register.primary, signal)
  }
}

async function readRegister({ witness, events, patience = usualPatience }: DatabaseKeeperParts, signal: AbortSignal) {
  events.phase("asking the witness who is primary")
  const silent = new ChatopsError("WITNESS_UNREACHABLE", "the witness does not say who is primary; trying again")
  return retry(
    signal,
    () => witness.read(signal),
    () => ({ events, limit: patience.witness, error: silent }),
  )
}

async function lead(
  parts: DatabaseKeeperParts,
  register: Register,
  announce: boolean,
  signal: AbortSignal,
): Promise<"primary" | undefined> {
  const { spec, database, events } = parts
  events.phase("starting PostgreSQL as the primary")
  await database.start(undefined, signal)
  await prepareRoles(database, spec.database)
  await migrate(parts, signal)
  const confirmed = await confirm(parts, register, announce ? database.incarnation : register.incarnation, signal)
  if (!confirmed) return undefined
  events.register(confirmed)
  await database.query(spec.database.name, client =>
    client.query("update chatops.epoch set epoch = $1 where epoch < $1", [confirmed.epoch]),
  )
  await database.admit("open")
  return "primary"
}

/** A long statement says that it is still at work: nobody should take it for a standstill. */
async function migrate({ spec, database, events }: DatabaseKeeperParts, signal: AbortSignal): Promise<void> {
  const phase = "bringing the schema up to date"
  events.phase(phase)
  let migrating = true
  const watch = setInterval(async () => {
    const seconds = await database.secondsAtWork("owner").catch(() => null)
    if (migrating && seconds) events.phase(`${phase}: a statement is at work for ${seconds} s`)
  }, migrationWatchInterval)
  try {
    await migrateSchema(spec, signal)
  } finally {
    migrating = false
    clearInterval(watch)
  }
}

/**
 * Writes the register once more, which kills writes of a former life that are still under way (rule 5). A write
 * without an answer is repeated with the same base until it is settled (rule 7).
 */
async function confirm(
  { witness, events, patience = usualPatience }: DatabaseKeeperParts,
  register: Register,
  incarnation: string | null,
  signal: AbortSignal,
): Promise<Register | undefined> {
  events.phase("confirming the register")
  let reason = ""
  const trouble = () => {
    const error = new ChatopsError(
      "WITNESS_UNREACHABLE",
      `the witness does not confirm that this region is primary: ${reason}`,
    )
    return { events, limit: patience.witness, error }
  }
  const attempt = async () => {
    const write = await witness.write(register, { incarnation }, signal)
    if (write.outcome !== "unknown") return write
    reason = write.reason
    return undefined
  }
  const write = await retry(signal, attempt, trouble)
  return write.outcome === "written" ? write.register : undefined
}

async function copy(parts: DatabaseKeeperParts, primary: string, signal: AbortSignal): Promise<void> {
  const { database, events, patience = usualPatience } = parts
  events.phase(`waiting for ${primary} to copy its data`)
  await database.stop()
  let failure = new ChatopsError("DATABASE_COPY", `${primary} does not let its data be copied`)
  const attempt = async () => {
    try {
      await database.copyFrom(primary, signal, (sent, total) =>
        events.phase(`copying the data of ${primary}: ${megabytes(sent)} of ${megabytes(total)} MB`),
      )
      return true
    } catch (error) {
      if (!(error instanceof ChatopsError) || error.code !== "DATABASE_COPY") throw error
      failure = error
      return undefined
    }
  }
  await retry(signal, attempt, () => ({ events, limit: patience.primary, error: failure }))
}

async function follow(parts: DatabaseKeeperParts, primary: string, signal: AbortSignal): Promise<"standby"> {
  const { spec, database, events, patience = usualPatience } = parts
  events.phase(`starting PostgreSQL as a standby of ${primary}`)
  await database.start(primary, signal)
  events.phase(`waiting for the schema that ${primary} makes`)
  // Replicas of this release may need tables that the primary has only just made.
  const attempt = async () =>
    (await replicatedSchemaVersion(database, spec.database.name)) >= schemaVersion || undefined
  const behind = new ChatopsError("SCHEMA_BEHIND", `schema ${schemaVersion} has not arrived from ${primary}`)
  await retry(signal, attempt, () => ({ events, limit: patience.primary, error: behind }))
  return "standby"
}

interface Trouble {
  readonly events: DatabaseKeeperEvents
  readonly limit: number
  readonly error: ChatopsError
}

/** Tries until there is a value, ever more slowly; only the signal ends it. */
async function retry<Value>(
  signal: AbortSignal,
  attempt: () => Promise<Value | undefined>,
  trouble: () => Trouble,
): Promise<Value> {
  const began = performance.now()
  for (let pause = firstRetry; ; pause = Math.min(pause * 1.5, longestRetry)) {
    const value = await attempt()
    if (value !== undefined) return value
    signal.throwIfAborted()
    const { events, limit, error } = trouble()
    if (performance.now() - began > limit) events.trouble(error)
    await delay(pause, undefined, { signal })
  }
}

const megabytes = (bytes: number): number => Math.ceil(bytes / 1_000_000)

import { createHash } from "node:crypto"
import pg from "pg"
import { type LockPatience, usualLockPatience, withLocks } from "./migration-locks.ts"
import { grants, revocations } from "./migrations/grants.ts"
import { migrations as allMigrations } from "./migrations/index.ts"
import type { Migration } from "./migrations/migration.ts"

export interface MigrationTarget {
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string
  readonly password: string
  readonly runtimeRole: string
}

export interface MigrationResult {
  /** Names of the steps that this run applied; empty when nothing was to do. */
  readonly applied: readonly string[]
  readonly version: number
}

/** The database holds what this version of the runtime must not touch. */
export class MigrationRefused extends Error {
  override readonly name = "MigrationRefused"
  readonly code: "SCHEMA_CHANGED" | "SCHEMA_TOO_NEW"

  constructor(code: MigrationRefused["code"], message: string) {
    super(message)
    this.code = code
  }
}

/**
 * Brings the schema `chatops` up to date, one migration at a time over all that try. Safe to run again, and while
 * replicas of the version before or after are serving: a step waits at most 1.5 s for a lock, so that nobody queues up
 * behind it for longer, then makes room for 0.5 s (doubled each time, up to 4 s) and tries again, for a minute in all.
 * Throws `MigrationRefused`, `SchemaInUse` and PostgreSQL's errors; the steps before the one that failed are applied.
 */
export async function migrate(
  target: MigrationTarget,
  migrations: readonly Migration[] = allMigrations,
  patience: LockPatience = usualLockPatience,
): Promise<MigrationResult> {
  const client = new pg.Client({ ...target, application_name: "chatops migrate", connectionTimeoutMillis: 5_000 })
  await client.connect()
  try {
    await client.query("SELECT pg_advisory_lock($1)", [migrationLock])
    await client.query(bookkeeping)
    const applied = await appliedMigrations(client)
    refuseWhatDoesNotFit(applied, migrations)
    const due = migrations.filter(migration => !applied.has(migration.version))
    for (const migration of due) await apply(client, migration, patience)
    const role = client.escapeIdentifier(target.runtimeRole)
    const newer = [...applied.keys()].some(version => !migrations.some(migration => migration.version === version))
    // Statements in one query are one transaction.
    await client.query(newer ? grants(role) : revocations(role) + grants(role))
    const version = Math.max(0, ...applied.keys(), ...due.map(migration => migration.version))
    return { applied: due.map(nameOf), version }
  } finally {
    await client.end()
  }
}

/** Any number that nobody else uses. */
const migrationLock = 7_170_041_992_019

const bookkeeping = `
CREATE SCHEMA IF NOT EXISTS chatops;
CREATE TABLE IF NOT EXISTS chatops.migrations (
  version integer PRIMARY KEY,
  name text NOT NULL,
  checksum text NOT NULL,
  breaks boolean NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now()
);`

interface Applied {
  readonly version: number
  readonly name: string
  readonly checksum: string
  readonly breaks: boolean
}

async function appliedMigrations(client: pg.Client): Promise<Map<number, Applied>> {
  const { rows } = await client.query<Applied>("SELECT version, name, checksum, breaks FROM chatops.migrations")
  return new Map(rows.map(row => [row.version, row]))
}

/** A newer database is fine, for newer steps only expand, unless one of them says that it breaks older versions. */
function refuseWhatDoesNotFit(applied: ReadonlyMap<number, Applied>, migrations: readonly Migration[]): void {
  const known = new Map(migrations.map(migration => [migration.version, migration]))
  for (const row of applied.values()) {
    const migration = known.get(row.version)
    if (migration === undefined && row.breaks) {
      throw new MigrationRefused("SCHEMA_TOO_NEW", `The database was migrated by a newer version (step ${row.name}).`)
    }
    if (migration !== undefined && checksum(migration) !== row.checksum) {
      throw new MigrationRefused("SCHEMA_CHANGED", `Step ${nameOf(migration)} was applied with another content.`)
    }
  }
}

async function apply(client: pg.Client, migration: Migration, patience: LockPatience): Promise<void> {
  const { version, name, sql, breaks = false } = migration
  const work = async () => {
    await client.query(sql)
    await client.query("INSERT INTO chatops.migrations (version, name, checksum, breaks) VALUES ($1, $2, $3, $4)", [
      version,
      name,
      checksum(migration),
      breaks,
    ])
  }
  await withLocks(client, nameOf(migration), work, patience)
}

const checksum = (migration: Migration): string => createHash("sha256").update(migration.sql).digest("hex")

const nameOf = (migration: Migration): string => `${String(migration.version).padStart(4, "0")}-${migration.name}`

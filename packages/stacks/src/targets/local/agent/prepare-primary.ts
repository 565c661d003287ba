import type { RegionDatabase } from "../postgres/region-database.ts"
import { prepareRoles } from "../postgres/roles.ts"
import { secondsAtWork } from "../postgres/work-time.ts"
import { migrateSchema } from "./migrate-schema.ts"
import type { RegionSpec } from "./spec.ts"

const watchInterval = 5_000
const phase = "bringing the schema up to date"

/**
 * Makes of a primary's database what its runtimes need: roles with their passwords, and the schema. All of it commits
 * locally (rule 2), so that it may happen in any regime. A long statement says that it is still at work: nobody should
 * take it for a standstill.
 */
export async function preparePrimary(
  spec: RegionSpec,
  database: RegionDatabase,
  say: (phase: string) => void,
  signal: AbortSignal,
): Promise<void> {
  say(phase)
  let working = true
  const watch = setInterval(async () => {
    const seconds = await secondsAtWork(database, "owner").catch(() => null)
    if (working && seconds) say(`${phase}: a statement is at work for ${seconds} s`)
  }, watchInterval)
  try {
    await prepareRoles(database, spec.database)
    await migrateSchema(spec, signal)
  } finally {
    working = false
    clearInterval(watch)
  }
}

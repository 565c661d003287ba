import pg from "pg"
import type { TestDatabase } from "./postgres.ts"

/** Milliseconds. */
const deadline = 15_000

/** Asks the database again and again until the condition holds, for it has no event for that. */
export async function waitUntil(database: TestDatabase, condition: string, values: unknown[] = []): Promise<void> {
  const started = performance.now()
  while ((await database.query(`SELECT 1 WHERE ${condition}`, values)).length === 0) {
    if (performance.now() - started > deadline) throw new Error(`It did not come true: ${condition}`)
  }
}

/** From then on commits wait for a standby of that name. */
export async function requireStandby(database: TestDatabase, name: string): Promise<void> {
  await setStandbyNames(database, name)
  // The setting is shown before the checkpointer makes commits wait, so only a commit that waits is proof.
  while (!(await probeWaits(database)));
}

/** From then on commits wait for nobody, and those that wait are done. */
export async function requireNoStandby(database: TestDatabase): Promise<void> {
  await setStandbyNames(database, "")
  await database.query(probe)
}

const probe = "SELECT pg_logical_emit_message(true, 'probe', '')"

async function setStandbyNames(database: TestDatabase, names: string): Promise<void> {
  await database.query(`ALTER SYSTEM SET synchronous_standby_names = '${names}'`)
  await database.query("SELECT pg_reload_conf()")
}

async function probeWaits(database: TestDatabase): Promise<boolean> {
  const client = new pg.Client({ ...database, application_name: "probe" })
  client.on("error", () => {})
  await client.connect()
  let returned = false
  const done = client.query(probe).then(
    () => {
      returned = true
    },
    () => {},
  )
  const waiting =
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'probe' AND wait_event = 'SyncRep'"
  try {
    while (!returned) if ((await database.query(waiting)).length > 0) return true
    return false
  } finally {
    await done
    await client.end()
  }
}

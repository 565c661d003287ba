import type { TestDatabase } from "./postgres.ts"

/** Asks the database again and again until the condition holds, for it has no event for that. */
export async function waitUntil(database: TestDatabase, condition: string, values: unknown[] = []): Promise<void> {
  while ((await database.query(`SELECT 1 WHERE ${condition}`, values)).length === 0);
}

/** From then on commits wait for a standby of that name; for none when it is empty. */
export async function waitForStandby(database: TestDatabase, name: string): Promise<void> {
  await database.query(`ALTER SYSTEM SET synchronous_standby_names = '${name}'`)
  await database.query("SELECT pg_reload_conf()")
  // A server takes new settings when it comes to it.
  await waitUntil(database, `current_setting('synchronous_standby_names') = '${name}'`)
}

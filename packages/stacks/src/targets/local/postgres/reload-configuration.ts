import { setTimeout as delay } from "node:timers/promises"
import type pg from "pg"

const pollEvery = 1
const deadline = 10_000

/**
 * Returns when sessions that begin from now on live under the new configuration and access rules, and not merely when
 * that was asked for. The postmaster loads the configuration, tells its children, loads the access rules, and takes no
 * connection in between (`process_pm_reload_request`): a session that was told knows that the next one is after all that.
 */
export async function reloadConfiguration(client: pg.Client): Promise<void> {
  const before = await loadedAt(client)
  await client.query("select pg_reload_conf()")
  const signal = AbortSignal.timeout(deadline)
  while ((await loadedAt(client)) === before) await delay(pollEvery, undefined, { signal })
}

async function loadedAt(client: pg.Client): Promise<string | undefined> {
  const { rows } = await client.query<{ at: string }>("select pg_conf_load_time()::text as at")
  return rows[0]?.at
}

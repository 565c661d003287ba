import { setTimeout as delay } from "node:timers/promises"
import type pg from "pg"

/** For transactions that are under way. All that is longer is begun again elsewhere. */
const transactionPatience = 1_000
const pollEvery = 2

/**
 * Ends the sessions of runtimes, each as soon as it is between two transactions, and waits for those that were logging in
 * under the rules before the reload: such a one has no user yet, and would come through after everybody else had been sent
 * away. Those that do not come there in time are left.
 */
export async function endIdleSessions(client: pg.Client, signal: AbortSignal): Promise<void> {
  const until = performance.now() + transactionPatience
  while ((await endThoseAtRest(client)) > 0 && performance.now() < until) await delay(pollEvery, undefined, { signal })
}

/** How many were there, at rest or not. */
async function endThoseAtRest(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ left: number }>(
    `select count(*)::int as left,
            bool_and(case when usename = 'runtime' and state = 'idle' then pg_terminate_backend(pid) end)
       from pg_stat_activity
      where backend_type = 'client backend'
        and (usename = 'runtime' or (state = 'starting' and backend_start <= pg_conf_load_time()))`,
  )
  return rows[0]?.left ?? 0
}

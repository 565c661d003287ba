import { setTimeout as delay } from "node:timers/promises"
import type pg from "pg"
import { untilTrue } from "../agent/until.ts"

const sessionDeadline = 10_000
/** For transactions that are under way. All that is longer is begun again elsewhere. */
const transactionPatience = 1_000
const pollEvery = 2

/**
 * Ends the sessions of runtimes, and waits for those that were logging in under the rules before the reload: such a one
 * has no user yet, and would come through after everybody else had been sent away.
 */
export async function endRuntimeSessions(client: pg.Client): Promise<void> {
  const ended = async () => (await endSessions(client, "true")) === 0
  await untilTrue(undefined, ended, AbortSignal.timeout(sessionDeadline))
}

/** The same, each as soon as it is between two transactions. Those that do not come there in time are left. */
export async function endIdleSessions(client: pg.Client, signal: AbortSignal): Promise<void> {
  const until = performance.now() + transactionPatience
  while ((await endSessions(client, "state = 'idle'")) > 0 && performance.now() < until)
    await delay(pollEvery, undefined, { signal })
}

/** How many were there. `which`: of the runtimes' sessions. */
async function endSessions(client: pg.Client, which: string): Promise<number> {
  const { rows } = await client.query<{ left: number }>(
    `select count(*)::int as left, bool_and(case when usename = 'runtime' and ${which} then pg_terminate_backend(pid) end)
       from pg_stat_activity
      where backend_type = 'client backend'
        and (usename = 'runtime' or (state = 'starting' and backend_start <= pg_conf_load_time()))`,
  )
  return rows[0]?.left ?? 0
}

import { setTimeout as delay } from "node:timers/promises"
import type pg from "pg"

const pollEvery = 1

/** Resolves when the standby takes writes. It must have stopped asking its old primary for more. */
export async function promoteStandby(client: pg.Client, signal: AbortSignal): Promise<void> {
  await client.query("select pg_promote(false)")
  while (await isStandby(client)) await delay(pollEvery, undefined, { signal })
}

async function isStandby(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ standby: boolean }>("select pg_is_in_recovery() as standby")
  return rows[0]?.standby !== false
}

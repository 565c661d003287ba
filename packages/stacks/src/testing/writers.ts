import { setImmediate as breath } from "node:timers/promises"
import type pg from "pg"

type Query = <Result>(work: (client: pg.Client) => Promise<Result>) => Promise<Result>

export interface Writers {
  /** Rows of `t` whose commit was acknowledged; each is written once. */
  readonly acknowledged: readonly number[]
  stop(): Promise<void>
}

/** So many at once write one row of `t` after another, whatever becomes of the one before, until they are stopped. */
export function writing(query: Query, count = 1): Writers {
  const acknowledged: number[] = []
  let [going, next] = [true, 0]
  const writer = async () => {
    while (going) {
      const n = next++
      const insert = async () => query(client => client.query(`insert into t values (${n})`))
      // A server that refuses at once must not keep everything else from happening.
      await insert().then(() => acknowledged.push(n), breath)
    }
  }
  const all = Promise.all(Array.from({ length: count }, writer))
  const stop = async () => {
    going = false
    await all
  }
  return { acknowledged, stop }
}

/** Those that `t` lacks of the rows that were acknowledged. */
export async function lacking(query: Query, acknowledged: readonly number[]): Promise<number[]> {
  const { rows } = await query(client => client.query<{ n: number }>("select n from t"))
  const held = new Set(rows.map(({ n }) => n))
  return acknowledged.filter(n => !held.has(n))
}

/** How many of them wait for a commit to be confirmed. */
export async function waiting(query: Query): Promise<number> {
  const text = "select from pg_stat_activity where wait_event = 'SyncRep' and query like 'insert into t %'"
  return (await query(client => client.query(text))).rowCount ?? 0
}

import { setTimeout as delay } from "node:timers/promises"
import type pg from "pg"
import type { RegionDatabase } from "./region-database.ts"

/** In milliseconds. */
const deadline = 1_000

/** The newest epoch in which runtimes wrote to this database; undefined before there is a schema. Throws what `pg` throws. */
export async function epochOf(client: pg.Client): Promise<number | undefined> {
  const { rows } = await client.query<{ there: boolean }>("select to_regclass('chatops.epoch') is not null as there")
  if (rows[0]?.there !== true) return undefined
  const { rows: found } = await client.query<{ epoch: string }>("select epoch from chatops.epoch")
  return found[0] && Number(found[0].epoch)
}

/** The same of a region's database, or nothing when it does not say it in time: redundancy must not wait for it. */
export function epochSoon(database: Pick<RegionDatabase, "query">, name: string): Promise<number | undefined> {
  const tooLate = delay(deadline, undefined, { ref: false })
  return Promise.race([database.query(name, epochOf).catch(() => undefined), tooLate])
}

import { expect, it } from "vitest"
import { scratchRegions } from "../../../testing/scratch-regions.ts"
import { realWitness, soon, supervise } from "../../../testing/supervised-regions.ts"
import { walBytes } from "../../../wal-position.ts"
import { untilTrue } from "./until.ts"

it("tells in its pulse how far a standby has come, also once its primary is gone, and nothing of a primary", async () => {
  const regions = await scratchRegions()
  const { at } = await realWitness(regions)
  const [east, west] = [supervise(regions.east, at), supervise(regions.west, at)]
  await east.apply()
  await west.apply()
  const began = Date.now()
  const position = await east.database.query(async client => {
    await client.query("create table t (n int)")
    const { rows } = await client.query<{ flushed: string }>("select pg_current_wal_flush_lsn()::text as flushed")
    return Number(walBytes(rows[0]?.flushed ?? ""))
  })
  const progress = () => west.database.pulse.progress
  const committedAt = () => Date.parse(progress()?.committedAt ?? "1970-01-01T00:00:00Z")
  await untilTrue(undefined, () => (progress()?.position ?? 0) >= position && committedAt() >= began - 1, soon())
  expect(committedAt()).toBeLessThanOrEqual(Date.now())
  expect(east.database.pulse.progress).toBeNull()
  await east.database.stop()
  expect(progress()?.position).toBeGreaterThanOrEqual(position)
}, 120_000)

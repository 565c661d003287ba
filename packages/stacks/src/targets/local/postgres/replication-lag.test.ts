import { expect, it } from "vitest"
import { scratchRegions } from "../../../testing/scratch-regions.ts"
import { realWitness, soon, supervise } from "../../../testing/supervised-regions.ts"
import { lagFunctions } from "../agent/lag-functions.ts"
import type { SupervisedDatabase } from "../agent/supervised-database.ts"
import { untilTrue } from "../agent/until.ts"
import { lookEvery } from "./commit-history.ts"

interface Side {
  readonly database: SupervisedDatabase
}

const lagOf = async (standby: Side, primary: Side) =>
  lagFunctions(primary.database).lag(await lagFunctions(standby.database).replayed())

/** Turns as the runtime writes them, in transactions of their own. */
async function answer({ database }: Side, turns: number): Promise<void> {
  await database.query(async client => {
    for (let turn = 0; turn < turns; turn++)
      await client.query(
        `insert into chatops.turns (id, tenant, release_id, arm, epoch, model, status, parameters, input, output, metadata, created_at)
         values (gen_random_uuid()::text, 't', 'r', 'default', 1, 'm', 'completed', '{}', '[]', '[]', '{}', now())`,
      )
  })
}

it("tells what a standby lacks in bytes, seconds and turns, by what its primary has", async () => {
  const regions = await scratchRegions()
  const { at } = await realWitness(regions)
  const [east, west] = [supervise(regions.east, at), supervise(regions.west, at)]
  await east.apply()
  await west.apply()
  const whole = { bytes: 0, seconds: 0, turns: 0 }
  const isWhole = async () => JSON.stringify(await lagOf(west, east)) === JSON.stringify(whole)
  await answer(east, 3)
  await untilTrue(undefined, isWhole, soon())

  // Nothing is committed: however long it has been cut off, it lacks no commit.
  regions.link.close()
  await untilTrue(undefined, async () => !(await west.database.regionState()).streaming, soon())
  const idle = performance.now()
  await untilTrue(undefined, async () => performance.now() - idle > 3 * lookEvery, soon())
  expect(await lagOf(west, east)).toMatchObject({ seconds: 0, turns: 0 })

  const before = performance.now()
  await answer(east, 5)
  await untilTrue(undefined, async () => ((await lagOf(west, east))?.seconds ?? 0) > 2, soon())
  const lag = await lagOf(west, east)
  expect(lag?.turns).toBe(5)
  expect(lag?.bytes).toBeGreaterThan(500)
  // Not older than the first of them, although the standby heard its last commit much earlier.
  expect(lag?.seconds).toBeLessThanOrEqual((performance.now() - before) / 1_000)

  await regions.link.listen()
  await untilTrue(undefined, isWhole, soon())

  // Commits that were there before the primary began to look are as old as the standby's last one.
  regions.link.close()
  await untilTrue(undefined, async () => !(await west.database.regionState()).streaming, soon())
  const cut = Date.now()
  await answer(east, 2)
  await east.database.stop()
  const again = supervise(regions.east, at)
  await again.apply()
  await untilTrue(undefined, async () => ((await lagOf(west, again))?.seconds ?? 0) > 0, soon())
  const older = await lagOf(west, again)
  expect(older?.turns).toBe(2)
  expect(older?.seconds).toBeGreaterThan((Date.now() - cut) / 1_000 - 0.1)
}, 120_000)

it("does not compare a position that is not of this primary's history", async () => {
  const regions = await scratchRegions()
  const { at } = await realWitness(regions)
  const east = supervise(regions.east, at)
  await east.apply()
  const ahead = { position: "FF/0", committedAt: null, turns: 0, turnsAfter: "-infinity" }
  const { lag, replayed } = lagFunctions(east.database)
  expect(await lag(ahead)).toBeNull()
  await expect(replayed()).rejects.toThrow()
}, 60_000)

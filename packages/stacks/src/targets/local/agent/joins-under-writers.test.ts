import type { Register } from "@chatops/runtime/contract"
import type pg from "pg"
import { expect, it, onTestFinished } from "vitest"
import type { ProcessIdentity } from "../../../process/process-identity.ts"
import { identify, signal } from "../../../process/process-identity.ts"
import { type ScratchRegion, scratchRegions, threeScratchRegions } from "../../../testing/scratch-regions.ts"
import { killServer, serverProcesses } from "../../../testing/server-processes.ts"
import { realWitness, soon, supervise } from "../../../testing/supervised-regions.ts"
import { lacking, waiting, writing } from "../../../testing/writers.ts"
import type { SupervisedDatabase } from "./supervised-database.ts"
import { untilTrue } from "./until.ts"

const degrade = { durability: "zero-loss", onLoss: "degrade", lease: 2_000 } as const
const writers = 3

const postmasterOf = (database: SupervisedDatabase) => database.process?.identity?.pid ?? Number.NaN
const query =
  (database: SupervisedDatabase) =>
  <Result>(work: (client: pg.Client) => Promise<Result>) =>
    database.query(work)

/** Stops some of the primary's processes whenever a join begins, before its first step, as long as it is wanted. */
function stoppingAtJoins(database: SupervisedDatabase, processes: () => readonly ProcessIdentity[]) {
  let [wanted, before] = [true, ""]
  const stopped: ProcessIdentity[] = []
  const goOn = () => stopped.splice(0).map(each => signal(each, "SIGCONT"))
  database.on("change", () => {
    const begins = /\(gate\)/.test(database.phase) && !/\(gate\)/.test(before)
    before = database.phase
    if (!wanted || !begins) return
    stopped.push(...processes().filter(each => signal(each, "SIGSTOP")))
  })
  onTestFinished(() => void goOn())
  return {
    goOn,
    noMore: () => {
      wanted = false
    },
  }
}

/**
 * From the moment on at which the witness is to hear of a region in sync nothing reaches that region any more, and what
 * the primary wants of the witness afterwards comes too late: whatever the region lacks then, it lacks for good.
 */
function cutAsItComesIntoSync(
  store: Awaited<ReturnType<typeof realWitness>>["store"],
  link: { close(): void },
  claimed: Promise<unknown>,
): Promise<Register> {
  const { promise, resolve } = Promise.withResolvers<Register>()
  const write = store.write.bind(store)
  let isCut = false
  store.write = async (base, next) => {
    if (isCut && next.primary === "east") await claimed
    if (isCut || next.inSync === null) return write(base, next)
    isCut = true
    link.close()
    const result = await write(base, next)
    resolve(next)
    return result
  }
  return promise
}

it.each([
  ["checkpointer", /checkpointer/],
  ["walsender", /walsender .* streaming/],
] as const)(
  "names nobody in sync who lacks what is acknowledged while the %s is stopped as joins begin",
  async (_name, title) => {
    const regions = await scratchRegions()
    const { at, store } = await realWitness(regions, degrade)
    const [east, west] = [supervise(regions.east, at, degrade), supervise(regions.west, at, degrade)]
    await east.apply()
    await east.database.query(client => client.query("create table t (n int)"))
    const stopping = stoppingAtJoins(east.database, () => serverProcesses(postmasterOf(east.database), title))
    const claimed = Promise.withResolvers<Register>()
    const inSync = cutAsItComesIntoSync(store, regions.link, claimed.promise)
    const writes = writing(query(east.database), writers)
    onTestFinished(() => writes.stop())
    const grows = async (by: number) => {
      const before = writes.acknowledged.length
      await untilTrue(undefined, () => writes.acknowledged.length >= before + by, soon())
    }
    const isNamed = () => store.read().inSync !== null
    // Before the gate was seen at work, or after it.
    const isGivingUp = () => /\((give-up|restore)\)/.test(east.database.phase)
    const untilEast = (condition: () => boolean) => untilTrue(east.database, condition, soon())
    void west.apply()

    const goesOn = async () => {
      stopping.goOn()
      await untilEast(() => !isGivingUp())
    }
    const diesWithItsPrimary = async () => {
      stopping.noMore()
      killServer(postmasterOf(east.database))
    }
    let givenUp = 0
    for (const end of [goesOn, diesWithItsPrimary]) {
      await untilEast(() => isNamed() || isGivingUp())
      if (isNamed()) break
      givenUp += 1
      // Nobody is kept waiting for it.
      await grows(20)
      await end()
    }

    // What is acknowledged from here on was confirmed by the region in sync, and nobody confirms anything.
    expect(await inSync).toMatchObject({ primary: "east", inSync: { region: "west" } })
    const before = writes.acknowledged.length
    await untilTrue(
      undefined,
      async () => writes.acknowledged.length > before + 20 || (await waiting(query(east.database))) === writers,
      soon(),
    )
    claimed.resolve(await west.database.place.claim(soon()))
    await writes.stop()
    expect(await lacking(query(west.database), writes.acknowledged)).toEqual([])
    expect(givenUp).toBe(2)
  },
  180_000,
)

it("gives a swap up while the walsender of who is in sync is stopped, and swaps nobody in who lacks what is acknowledged", async () => {
  const regions = await threeScratchRegions()
  const { at, store } = await realWitness(regions, degrade)
  const held = (region: ScratchRegion) => supervise(region, at, degrade)
  const [east, west, north] = [held(regions.east), held(regions.west), held(regions.north)]
  await east.apply()
  await west.apply()
  await untilTrue(undefined, () => store.read().inSync?.region === "west", soon())
  await north.apply()
  await east.database.query(client => client.query("create table t (n int)"))
  const { rows } = await east.database.query(client =>
    client.query<{ pid: number }>("select pid from pg_stat_replication where application_name like 'west%'"),
  )
  const walsender = rows.flatMap(({ pid }) => identify(pid) ?? [])
  expect(walsender).toHaveLength(1)
  const writes = writing(query(east.database), writers)
  onTestFinished(() => writes.stop())
  await untilTrue(undefined, () => writes.acknowledged.length > 20, soon())

  const stopping = stoppingAtJoins(east.database, () => walsender)
  const asked = new AbortController()
  const claimed = Promise.withResolvers<Register>()
  const cut = () => {
    asked.abort()
    regions.northLink.close()
  }
  const inSync = cutAsItComesIntoSync(store, { close: cut }, claimed.promise)
  const leaving = east.database.place.leaveTo("north", 30_000, asked.signal).catch((error: Error) => error)
  await untilTrue(east.database, () => /\(restore\)/.test(east.database.phase), soon())
  expect(store.read()).toMatchObject({ primary: "east", inSync: { region: "west" } })
  // Nobody else confirms anything meanwhile.
  const allWait = async () => (await waiting(query(east.database))) === writers
  await untilTrue(undefined, allWait, soon())
  stopping.noMore()
  stopping.goOn()

  expect(await inSync).toMatchObject({ primary: "east", inSync: { region: "north" } })
  expect(await leaving).toMatchObject({ code: "HANDOVER_REFUSED" })
  await untilTrue(undefined, allWait, soon())
  claimed.resolve(await north.database.place.claim(soon()))
  await writes.stop()
  expect(await lacking(query(north.database), writes.acknowledged)).toEqual([])
}, 180_000)

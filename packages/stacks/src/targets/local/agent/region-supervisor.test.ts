import { readFileSync } from "node:fs"
import { join } from "node:path"
import type { Register } from "@chatops/runtime/contract"
import type pg from "pg"
import { expect, it, onTestFinished } from "vitest"
import type { Policy, Supervisor } from "../../../failover/protocol/supervisor.ts"
import { type ScratchRegion, type ScratchRegions, scratchRegions } from "../../../testing/scratch-regions.ts"
import { firstRegister } from "../../../testing/witness-agent.ts"
import { lacking, writing } from "../../../testing/writers.ts"
import { findFreePort } from "../free-port.ts"
import type { RegionDatabase } from "../postgres/region-database.ts"
import { serveRegister } from "../witness/register-server.ts"
import { RegisterStore } from "../witness/register-store.ts"
import { WitnessClient } from "../witness/witness-client.ts"
import { DatabaseTasks } from "./database-tasks.ts"
import { preparePrimary } from "./prepare-primary.ts"
import { RegionSupervisor } from "./region-supervisor.ts"
import { SupervisorMemory } from "./supervisor-memory.ts"
import { untilTrue } from "./until.ts"

const guarded: Policy = { durability: "zero-loss", onLoss: "degrade", lease: 2_000 }
const soon = () => AbortSignal.timeout(60_000)

async function realWitness({ tokenFile, east }: ScratchRegions, initial: Partial<Register>) {
  const file = join(east.spec.directory, "register.json")
  const store = await RegisterStore.open(file, { ...firstRegister, durability: "zero-loss", ...initial })
  const port = await findFreePort(new Set())
  const server = await serveRegister(store, readFileSync(tokenFile, "utf8"), port)
  onTestFinished(() => void server.close())
  return { store, client: new WitnessClient(`http://127.0.0.1:${port}`, tokenFile) }
}

interface Supervised {
  readonly supervisor: RegionSupervisor
  readonly database: RegionDatabase
  readonly phases: string[]
}

async function supervise(
  region: ScratchRegion,
  witness: WitnessClient,
  policy: Policy = guarded,
  database: RegionDatabase = region.database,
  divergence?: DatabaseTasks["divergence"],
): Promise<Supervised> {
  const { spec } = region
  const phases: string[] = []
  const tasks = new DatabaseTasks(spec, database, {
    say: () => undefined,
    prepare: signal => preparePrimary(spec, database, () => undefined, signal),
  })
  if (divergence) tasks.divergence = divergence
  const supervisor = new RegionSupervisor({
    self: spec.region,
    peers: spec.database.peers.map(peer => peer.region),
    tasks,
    witness,
    policy: { pending: policy, settle: async () => {} },
    memory: new SupervisorMemory(join(spec.directory, "seen.json")),
    onChange: ({ phase }) => void phases.push(phase.at),
    onOutcome: () => undefined,
    onBroken: error => {
      throw error
    },
  })
  region.onEnded = () => supervisor.tell({ event: "database-ended" })
  onTestFinished(() => supervisor.stop())
  await supervisor.start()
  return { supervisor, database, phases }
}

const query =
  (database: RegionDatabase) =>
  <Result>(work: (client: pg.Client) => Promise<Result>) =>
    database.query("chatops", work)

const isOpen = ({ phase }: Supervisor): boolean =>
  phase.at === "leading" && phase.door === "open" && phase.change === null
const open = ({ supervisor }: Supervised) => untilTrue(undefined, () => isOpen(supervisor.state), soon())

it("keeps everything acknowledged when the primary's region dies, and makes the environment whole again", async () => {
  const regions = await scratchRegions()
  const { store, client } = await realWitness(regions, {})
  const east = await supervise(regions.east, client)
  await open(east)
  await east.database.query("chatops", session => session.query("create table t (n int)"))
  const writes = writing(query(east.database))
  const west = await supervise(regions.west, client)
  await untilTrue(undefined, () => store.read().inSync?.region === "west" && isOpen(east.supervisor.state), soon())
  const before = writes.acknowledged.length
  await untilTrue(undefined, () => writes.acknowledged.length > before + 50, soon())

  // What it writes from here on is confirmed by nobody, and is on its disk alone: positions that the new primary's own
  // WAL comes to only later.
  regions.link.close()
  await east.database.query("chatops", session =>
    session.query("set synchronous_commit to local; insert into t select -n from generate_series(1, 2_000) n"),
  )
  await east.supervisor.stop()
  process.kill(east.database.process?.identity?.pid ?? 0, "SIGKILL")
  west.supervisor.tell({ event: "claim-asked" })
  await open(west)
  await writes.stop()
  expect(store.read()).toMatchObject({ epoch: 2, primary: "west", incarnation: west.database.incarnation })
  expect(await lacking(query(west.database), writes.acknowledged)).toEqual([])

  await regions.link.listen()
  const former = east.database.incarnation
  const inSync = new Set<string>()
  const watching = setInterval(() => inSync.add(store.read().inSync?.incarnation ?? "nobody"), 1)
  onTestFinished(() => clearInterval(watching))
  const again = await supervise(regions.east, client, guarded, await regions.east.reopened())
  await untilTrue(undefined, () => store.read().inSync?.region === "east" && isOpen(west.supervisor.state), soon())
  expect(again.supervisor.state).toMatchObject({ phase: { at: "following" }, seen: { epoch: 2 } })
  expect(store.read().inSync?.incarnation).toBe(again.database.incarnation)
  // Its last writes reached nobody: it was never taken for one that holds everything.
  expect([...inSync].toSorted()).toEqual([again.database.incarnation, "nobody"].toSorted())
  expect(again.database.incarnation).not.toBe(former)
}, 180_000)

it("takes a former primary back without a copy when it has nothing that the new one lacks", async () => {
  const regions = await scratchRegions()
  const { store, client } = await realWitness(regions, {})
  const east = await supervise(regions.east, client)
  const west = await supervise(regions.west, client)
  await untilTrue(undefined, () => store.read().inSync?.region === "west" && isOpen(east.supervisor.state), soon())
  const former = { region: "east", incarnation: east.database.incarnation }
  await east.supervisor.stop()
  // A clean end: everything is sent before.
  await east.database.stop()
  west.supervisor.tell({ event: "claim-asked" })
  await open(west)
  await supervise(regions.east, client, guarded, await regions.east.reopened())
  await untilTrue(undefined, () => store.read().inSync?.region === "east" && isOpen(west.supervisor.state), soon())
  expect(store.read().inSync).toEqual(former)
}, 180_000)

it("goes on alone once the witness knows that its standby is lost, and lets nobody take over meanwhile", async () => {
  const regions = await scratchRegions()
  const { store, client } = await realWitness(regions, {})
  const east = await supervise(regions.east, client)
  const west = await supervise(regions.west, client)
  await untilTrue(undefined, () => store.read().inSync?.region === "west" && isOpen(east.supervisor.state), soon())
  await east.database.query("chatops", session => session.query("create table t (n int)"))
  regions.link.close()
  const writes = writing(query(east.database))
  await untilTrue(undefined, () => store.read().inSync === null && isOpen(east.supervisor.state), soon())
  const alone = writes.acknowledged.length
  await untilTrue(undefined, () => writes.acknowledged.length > alone + 20, soon())
  west.supervisor.tell({ event: "claim-asked" })
  await untilTrue(undefined, () => west.phases.at(-1) === "following" && west.phases.includes("claiming"), soon())
  expect(store.read()).toMatchObject({ epoch: 1, primary: "east", inSync: null })

  await regions.link.listen()
  await untilTrue(undefined, () => store.read().inSync?.region === "west" && isOpen(east.supervisor.state), soon())
  await writes.stop()
}, 180_000)

it("acknowledges nothing alone where it must not, and serves again when its standby is back", async () => {
  const regions = await scratchRegions()
  const { store, client } = await realWitness(regions, { onLoss: "block" })
  const block: Policy = { durability: "zero-loss", onLoss: "block", lease: 2_000 }
  const east = await supervise(regions.east, client, block)
  await untilTrue(
    undefined,
    () => east.supervisor.state.phase.at === "leading" && !isOpen(east.supervisor.state),
    soon(),
  )
  const west = await supervise(regions.west, client, block)
  await open(east)
  expect(store.read().inSync).toEqual({ region: "west", incarnation: west.database.incarnation })
  await east.database.query("chatops", session => session.query("create table t (n int)"))

  // Its process dies while it cannot be confirmed: what comes back is shut, and waits for the same region.
  regions.link.close()
  process.kill(east.database.process?.identity?.pid ?? 0, "SIGKILL")
  const phases = east.phases.length
  await untilTrue(undefined, () => east.phases.slice(phases).includes("confirming"), soon())
  const barrier = () => {
    const { phase } = east.supervisor.state
    return phase.at === "leading" && phase.door === "barrier"
  }
  await untilTrue(undefined, barrier, soon())
  expect(store.read()).toMatchObject({ epoch: 1, inSync: { region: "west" } })
  await regions.link.listen()
  await open(east)
}, 180_000)

it("does not take a walsender that is stopped for a standby that is there", async () => {
  const regions = await scratchRegions()
  const { store, client } = await realWitness(regions, {})
  const east = await supervise(regions.east, client)
  await supervise(regions.west, client)
  await untilTrue(undefined, () => store.read().inSync?.region === "west" && isOpen(east.supervisor.state), soon())
  await east.database.query("chatops", session => session.query("create table t (n int)"))
  const { rows } = await east.database.query("postgres", session =>
    session.query<{ pid: number }>("select pid from pg_stat_replication"),
  )
  const pid = rows[0]?.pid ?? Number.NaN
  process.kill(pid, "SIGSTOP")
  onTestFinished(() => {
    try {
      process.kill(pid, "SIGCONT")
    } catch {
      // It was ended.
    }
  })
  const writes = writing(query(east.database))
  await untilTrue(undefined, () => store.read().inSync === null && isOpen(east.supervisor.state), soon())
  const alone = writes.acknowledged.length
  await untilTrue(undefined, () => writes.acknowledged.length > alone + 20, soon())
  process.kill(pid, "SIGCONT")
  await untilTrue(undefined, () => store.read().inSync?.region === "west" && isOpen(east.supervisor.state), soon())
  await writes.stop()
}, 180_000)

it("brings another region into sync though the primary that it followed still owes it an answer", async () => {
  const regions = await scratchRegions()
  const { store, client } = await realWitness(regions, {})
  const east = await supervise(regions.east, client)
  await open(east)
  const { promise: asked, resolve } = Promise.withResolvers<void>()
  const unanswered = () => {
    resolve()
    return new Promise<undefined>(() => undefined)
  }
  const west = await supervise(regions.west, client, guarded, regions.west.database, unanswered)
  await untilTrue(undefined, () => store.read().inSync?.region === "west" && isOpen(east.supervisor.state), soon())
  await asked
  await east.supervisor.stop()
  process.kill(east.database.process?.identity?.pid ?? 0, "SIGKILL")
  west.supervisor.tell({ event: "claim-asked" })
  await open(west)
  await supervise(regions.east, client, guarded, await regions.east.reopened())
  await untilTrue(undefined, () => store.read().inSync?.region === "east" && isOpen(west.supervisor.state), soon())
}, 120_000)

import type { Register } from "@chatops/runtime/contract"
import { expect, it, onTestFinished } from "vitest"
import type { PendingWrite, Task } from "../../../failover/protocol/supervisor.ts"
import type { LocalData } from "../../../failover/start-decision.ts"
import type { Witness } from "../../../failover/witness.ts"
import { firstRegister } from "../../../testing/witness-agent.ts"
import { RegionSupervisor, type SupervisorParts } from "./region-supervisor.ts"
import { untilTrue } from "./until.ts"

const soon = () => AbortSignal.timeout(10_000)
/** Without a lease nobody else asks the witness. */
const initial: Register = { ...firstRegister, incarnation: "e0", durability: "zero-loss", lease: null }
const timing = { look: 1, watch: 1, loss: 60_000, again: 1, longest: 1 }

/** Answers writes at once, and reads when it is told to. */
class FakeRegister implements Witness {
  current = initial
  readonly reads: ((register: Register) => void)[] = []

  read(): Promise<Register> {
    return new Promise(resolve => this.reads.push(resolve))
  }
  async settle({ base, next }: PendingWrite): Promise<Register> {
    if (base.version === this.current.version) this.current = next
    return this.current
  }
  async asked(): Promise<(register: Register) => void> {
    await untilTrue(undefined, () => this.reads.length > 0, soon())
    return this.reads.shift()!
  }
}

/** A database for which everything goes well at once, unless a task is held. */
class FakeTasks {
  readonly begun: string[] = []
  readonly ended: string[] = []
  streams: { region: string; incarnation: string }[] = []
  held: { task: Task["task"]; until: Promise<void> } | undefined

  /** Each fails once. */
  readonly failing = new Set<Task["task"]>()
  disk: LocalData = { kind: "primary", incarnation: "e0" }

  data = async () => this.disk
  divergence = async () => undefined
  renewLease = async () => {}
  streaming = async () => this.streams
  async carryOut({ task }: Task): Promise<number> {
    this.begun.push(task)
    if (this.held?.task === task) await this.held.until
    if (this.failing.delete(task)) throw new Error("not today")
    this.ended.push(task)
    return 1
  }
}

class FakeMemory {
  /** So many writes fail. */
  full = 0
  read = async () => initial
  async write(): Promise<void> {
    if (this.full > 0) {
      this.full -= 1
      throw new Error("no space left")
    }
  }
}

async function started(disk?: LocalData) {
  const [witness, tasks, memory] = [new FakeRegister(), new FakeTasks(), new FakeMemory()]
  if (disk) tasks.disk = disk
  const troubles: string[] = []
  const parts: SupervisorParts = {
    self: "east",
    peers: ["west"],
    tasks,
    witness,
    memory,
    policy: { pending: undefined, settle: async () => {} },
    timing,
    onChange: () => undefined,
    onOutcome: (what, error) => void (error && troubles.push(`${what}: ${error.message}`)),
    onBroken: error => {
      throw error
    },
  }
  const supervisor = new RegionSupervisor(parts)
  onTestFinished(() => supervisor.stop())
  await supervisor.start()
  ;(await witness.asked())(witness.current)
  const isAt = (door: string) => supervisor.state.phase.at === "leading" && supervisor.state.phase.door === door
  return { supervisor, witness, tasks, memory, isAt, troubles }
}

const west = { region: "west", incarnation: "w0" }

it("does not take a read that comes late for a witness that went back, and takes one that did for it", async () => {
  const { supervisor, witness, tasks, isAt } = await started()
  await untilTrue(undefined, () => isAt("open"), soon())
  const late = await witness.asked()
  const before = witness.current
  tasks.streams = [west]
  await untilTrue(undefined, () => supervisor.state.register?.inSync?.region === "west", soon())
  late(before)
  const again = await witness.asked()
  expect(supervisor.state).toMatchObject({ phase: { at: "leading" }, seen: { version: before.version + 1 } })
  again(before)
  await untilTrue(undefined, () => supervisor.state.phase.at === "closed", soon())
})

it("does a thing again that failed, though it is the very same", async () => {
  const { supervisor, tasks, isAt } = await started()
  await untilTrue(undefined, () => isAt("open"), soon())
  tasks.failing.add("wait-for")
  tasks.streams = [west]
  await untilTrue(undefined, () => supervisor.state.register?.inSync?.region === "west", soon())
  expect(tasks.failing).toEqual(new Set())
})

it("goes by what is on its disk by then, once another has its place", async () => {
  const { supervisor, witness, tasks } = await started({ kind: "none" })
  await untilTrue(undefined, () => supervisor.state.phase.at === "closed", soon())
  tasks.disk = { kind: "primary", incarnation: "e0" }
  witness.current = { ...initial, epoch: 2, version: 9, primary: "west", incarnation: "w0" }
  ;(await witness.asked())(witness.current)
  await untilTrue(undefined, () => tasks.begun.length > 0, soon())
  expect(tasks.begun).toEqual(["rejoin"])
})

it("begins no task before the one that it replaces has ended", async () => {
  const { supervisor, tasks, isAt } = await started()
  await untilTrue(undefined, () => isAt("open"), soon())
  const { promise, resolve } = Promise.withResolvers<void>()
  tasks.held = { task: "renew-senders", until: promise }
  tasks.streams = [west]
  await untilTrue(undefined, () => tasks.begun.at(-1) === "renew-senders", soon())
  const begun = tasks.begun.length
  supervisor.tell({ event: "standby-lost" })
  await untilTrue(undefined, () => supervisor.state.task?.task === "see-waiting", soon())
  expect(tasks.begun).toHaveLength(begun)
  tasks.streams = []
  resolve()
  await untilTrue(undefined, () => supervisor.state.task === null, soon())
  expect(tasks.ended.slice(begun - 1)).toEqual(["renew-senders", "see-waiting", "wait-for", "see-returning"])
})

it("decides anew from the disk as what was given up has left it", async () => {
  const { supervisor, witness, tasks, isAt } = await started()
  await untilTrue(undefined, () => isAt("open"), soon())
  const { promise, resolve } = Promise.withResolvers<void>()
  tasks.held = { task: "wait-for", until: promise }
  tasks.streams = [west]
  await untilTrue(undefined, () => tasks.begun.at(-1) === "wait-for", soon())
  supervisor.tell({ event: "database-ended" })
  await untilTrue(undefined, () => supervisor.state.phase.at === "starting", soon())
  tasks.disk = { kind: "standby", incarnation: "e1" }
  const answering = setInterval(() => witness.reads.shift()?.(witness.current), 1)
  onTestFinished(() => clearInterval(answering))
  resolve()
  // Named primary, with a directory that is not the one that the witness knows.
  await untilTrue(undefined, () => supervisor.state.phase.at === "closed", soon())
  expect(tasks.begun.filter(task => task === "start")).toHaveLength(1)
})

it("says which task failed and why, and tries again", async () => {
  const { supervisor, tasks, isAt, troubles } = await started()
  await untilTrue(undefined, () => isAt("open"), soon())
  tasks.failing.add("see-waiting")
  tasks.streams = [west]
  await untilTrue(undefined, () => supervisor.state.register?.inSync?.region === "west", soon())
  expect(troubles).toEqual(["see-waiting: not today"])
})

it("does nothing with what it cannot remember, and goes on when it can", async () => {
  const { supervisor, tasks, memory, isAt, troubles } = await started()
  await untilTrue(undefined, () => isAt("open"), soon())
  memory.full = 3
  tasks.streams = [west]
  await untilTrue(undefined, () => supervisor.state.register?.inSync?.region === "west", soon())
  expect(troubles).toEqual(["memory: no space left", "memory: no space left", "memory: no space left"])
})

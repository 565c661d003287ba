import { EventEmitter } from "node:events"
import type { Register } from "@chatops/runtime/contract"
import { expect, it, onTestFinished } from "vitest"
import type { WatcherAction, WatcherEntry } from "../../../failover/watcher-journal.ts"
import type { RegionPulse, RegionSight } from "../../../failover/watching.ts"
import { untilTrue } from "./until.ts"
import { Watcher } from "./watcher.ts"

const inSync = { region: "west", incarnation: "w0" }
const register = {
  epoch: 1,
  primary: "east",
  inSync,
  durability: "zero-loss",
  lease: 2_000,
  claim: "in-sync",
} as Register
const pulse: RegionPulse = {
  serves: false,
  database: "running",
  ended: false,
  leaving: false,
  replicas: 2,
  primary: null,
  progress: null,
}
const soon = () => AbortSignal.timeout(10_000)
/** What the witness answers. */
let present: Register = register
const drilled = false
const granted = async () => {
  present = { ...register, epoch: 2, primary: "west" }
  return present
}

/** A region as the test says that it is seen. */
class FakeWatchedRegion extends EventEmitter<{ change: [] }> {
  sight: Omit<RegionSight, "reached">
  forgotten = 0

  constructor(said: Partial<RegionPulse>) {
    super()
    this.sight = { supervisor: "answers", unheardFor: 10, idleFor: null, pulse: { ...pulse, ...said } }
  }

  becomes(sight: Partial<Omit<RegionSight, "reached" | "pulse">>, said: Partial<RegionPulse> = {}): void {
    this.sight = { ...this.sight, ...sight, pulse: { ...pulse, ...this.sight.pulse, ...said } }
    this.emit("change")
  }

  forget(): void {
    this.forgotten++
  }
}

function watch(claim: () => Promise<Register>, entries: WatcherEntry[] = [], read = async () => present) {
  const east = new FakeWatchedRegion({ serves: true })
  const west = new FakeWatchedRegion({ primary: { region: "east", state: "alive" } })
  present = register
  const changes = new EventEmitter<{ change: [] }>()
  const asked: string[] = []
  const watcher = new Watcher({
    regions: new Map([
      ["east", east],
      ["west", west],
    ]),
    witness: { read },
    gateway: { reached: () => undefined, served: () => undefined },
    journal: { entries, append: entry => void entries.push(entry) },
    claim: region => {
      asked.push(region)
      return claim()
    },
    isDrilled: () => drilled,
    onChange: () => void changes.emit("change"),
  })
  onTestFinished(() => watcher.stop())
  const until = (condition: () => boolean) => untilTrue(changes, condition, soon())
  const dies = () => {
    east.becomes({}, { serves: false, database: "stopped", ended: true })
    west.becomes({}, { primary: { region: "east", state: "closed" } })
  }
  return { watcher, east, west, entries, asked, until, dies }
}

it("asks the region in sync once both have lost the primary, says why, and then looks on only", async () => {
  const { watcher, asked, entries, until, dies } = watch(granted)
  expect(watcher.state.restraint).toBeNull()
  dies()
  await until(() => entries.some(({ event }) => event === "acted"))
  expect(entries.find(({ event }) => event === "acted")).toMatchObject({
    from: "east",
    to: "west",
    epoch: 2,
    reason: "the entry sees: its database ended; west sees: the database's connection is closed",
  })
  // Had it gone back to east, which is lost as before, it would act again and again.
  present = { ...register, epoch: 3 }
  await until(() => watcher.state.verdict === "holds")
  expect(watcher.state.reason).toMatch(/it acted \d+ s ago, and looks on only/)
  expect(asked).toEqual(["west"])
  const { restraint } = watcher.state
  expect(restraint?.reason).toMatch(/^it acted \d+ s ago/)
  expect(restraint?.seconds).toBeGreaterThan(0)
  expect(restraint?.seconds).toBeLessThanOrEqual(10)
})

it("under async asks the one that has come furthest, writes down what is given up, and what it may have come to", async () => {
  let alone: Register = { ...register, inSync: null, durability: "async" }
  const heldUntil = new Date(Date.now() - 3_000).toISOString()
  let reads = 0
  const early: WatcherEntry[] = []
  const takes = async () => {
    alone = { ...alone, epoch: 2, primary: "west", claim: "async" }
    const before = reads
    // As the register has it, the lease may run yet.
    await untilTrue(undefined, () => reads > before + 1, soon())
    early.push(...entries.filter(({ event }) => event === "acted"))
    return alone
  }
  const read = async () => {
    reads++
    return alone
  }
  const { east, west, entries, asked, until, watcher } = watch(takes, [], read)
  west.becomes({}, { progress: { position: 7, committedAt: heldUntil } })
  await until(() => watcher.state.verdict === "well")
  east.becomes({ supervisor: "closed" })
  west.becomes({}, { primary: { region: "east", state: "closed" } })
  await until(() => entries.some(({ event }) => event === "acted"))
  expect([asked, early]).toEqual([["west"], []])
  expect(entries.find(({ event }) => event === "asked")).toMatchObject({
    heldUntil,
    reason: expect.stringMatching(/supervisor is gone.*async: what was acknowledged last may be lost$/),
  })
  const acted = entries.find(({ event }) => event === "acted")
  expect(acted).toMatchObject({ claim: "async", mayBeLost: { turns: null, seconds: expect.any(Number) } })
  const { seconds } = acted?.event === "acted" ? acted.mayBeLost! : { seconds: null }
  expect(seconds).toBeGreaterThanOrEqual(3)
  expect(seconds).toBeLessThan(10)
})

it("holds still, and says so, while one of the two still sees the primary", async () => {
  const { watcher, east, west, asked, until } = watch(async () => register)
  await until(() => watcher.state.verdict === "well")
  east.becomes({ supervisor: "silent" })
  await until(() => watcher.state.verdict === "holds")
  expect(watcher.state.reason).toBe("the entry has lost east (its supervisor is silent), and west has not")
  east.becomes({ supervisor: "answers" })
  west.becomes({}, { primary: { region: "east", state: "silent" } })
  await until(() => watcher.state.reason?.startsWith("west has lost east") === true)
  expect(asked).toEqual([])
})

it("asks again after a claim that was refused, and writes down why", async () => {
  let claims = 0
  const { entries, asked, until, dies } = watch(async () => {
    if (++claims === 1) throw new Error("west may lack turns")
    return granted()
  })
  dies()
  await until(() => entries.some(({ event }) => event === "acted"))
  expect(asked).toEqual(["west", "west"])
  expect(entries.find(({ event }) => event === "failed")).toMatchObject({ to: "west", reason: "west may lack turns" })
})

it.each([
  ["nothing, where another region is primary by now", { ...register, epoch: 2, primary: "west", inSync: null }, []],
  ["what it would have, where the register is the same", register, ["west"]],
] as const)(
  "believes nothing that it knew, or had asked for, before it was frozen itself, and then does %s",
  async (_what, afterwards, claims) => {
    let answers: ((register: Register) => void)[] | undefined
    const read = async () => {
      if (answers === undefined) return present
      const { promise, resolve } = Promise.withResolvers<Register>()
      answers.push(resolve)
      return promise
    }
    const { watcher, east, west, entries, asked, until } = watch(granted, [], read)
    await until(() => watcher.state.verdict === "well")
    const held: ((register: Register) => void)[] = []
    answers = held
    const untilAsked = (times: number) => untilTrue(undefined, () => held.length === times, soon())
    await untilAsked(1)
    // All that happened while this process had no processor is seen at once.
    east.sight = { ...east.sight, supervisor: "silent" }
    west.sight = { ...west.sight, pulse: { ...pulse, primary: { region: "east", state: "silent" } } }
    const since = performance.now()
    while (performance.now() - since < 1_200);
    await untilTrue(undefined, () => entries.some(({ event }) => event === "slept"), soon())
    expect([east.forgotten, west.forgotten]).toEqual([1, 1])
    held[0]?.(register)
    await untilAsked(2)
    east.becomes({})
    expect([watcher.state.reason, asked]).toEqual(["the witness does not answer: no region may become primary", []])
    answers = undefined
    present = afterwards
    held[1]?.(afterwards)
    await untilTrue(undefined, () => !watcher.state.reason?.startsWith("the witness does not answer"), soon())
    expect(asked).toEqual(claims)
  },
)

it("counts the lease in where it does not know whether that has run out", async () => {
  const heldUntil = new Date().toISOString()
  const asked = {
    event: "asked",
    at: heldUntil,
    from: "east",
    to: "west",
    epoch: 1,
    reason: "",
    drilled,
    heldUntil,
  } as const
  const entries: WatcherEntry[] = [asked]
  const read = async (): Promise<Register> => ({
    ...register,
    epoch: 2,
    primary: "west",
    inSync: null,
    claim: "forced",
  })
  watch(granted, entries, read)
  await untilTrue(undefined, () => entries.some(({ event }) => event === "acted"), soon())
  const { mayBeLost } = entries.find(({ event }) => event === "acted") as WatcherAction
  expect(mayBeLost?.seconds).toBeGreaterThanOrEqual(2)
})

it("finds out what came of what it had asked for before it died", async () => {
  const at = new Date().toISOString()
  const asked = {
    event: "asked",
    at,
    from: "east",
    to: "west",
    epoch: 1,
    reason: "its database ended",
    drilled,
    heldUntil: null,
  } as const
  const entries: WatcherEntry[] = [asked]
  const { until } = watch(granted, entries, async () => ({ ...register, epoch: 2, primary: "west" }))
  await until(() => true)
  await untilTrue(undefined, () => entries.some(({ event }) => event === "acted"), soon())
  expect(entries.filter(({ event }) => event === "acted")).toMatchObject([{ to: "west", epoch: 2, milliseconds: null }])
})

it("is not misled by a clock that was set, and acts on no register that went back", async () => {
  const ahead = new Date(Date.now() + 3_600_000).toISOString()
  const old = {
    event: "acted",
    at: ahead,
    since: ahead,
    from: "west",
    to: "east",
    epoch: 1,
    milliseconds: 1,
    drilled,
    claim: "in-sync",
    mayBeLost: null,
    reason: "",
  } as const
  let version = 7
  const { watcher, asked, until, dies } = watch(granted, [old], async () => ({ ...register, version: version-- }))
  dies()
  // It acted a moment ago at the earliest, and not in an hour.
  await until(() => watcher.state.reason?.includes("it acted 0 s ago") === true)
  await untilTrue(undefined, () => version < 6, soon())
  await until(() => watcher.state.reason?.startsWith("the witness shows an older register") === true)
  expect(asked).toEqual([])
})

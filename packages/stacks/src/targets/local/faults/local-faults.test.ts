import { spawn } from "node:child_process"
import { once } from "node:events"
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import http from "node:http"
import net from "node:net"
import { join } from "node:path"
import type { GatewayStatus } from "@chatops/runtime/contract"
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest"
import type { Fault } from "../../../drill/fault.ts"
import { identify, isAlive, type ProcessIdentity, signal as sendSignal } from "../../../process/process-identity.ts"
import type { ActiveFault, TargetFaults } from "../../../target.ts"
import { type ScratchEnvironment, startScratchEnvironment } from "../../../testing/scratch-environment.ts"
import { AgentClient } from "../agent/agent-client.ts"
import { rememberedChildren } from "../agent/leftovers.ts"
import { requestOverSocket } from "../agent/socket-request.ts"
import type { RegionSpec } from "../agent/spec.ts"
import { untilTrue } from "../agent/until.ts"
import { postgresSocketDirectory } from "../layout.ts"
import { withConnection } from "../postgres/connection.ts"
import { FaultRecords } from "./fault-records.ts"
import { localFaults } from "./local-faults.ts"
import { processesBelow } from "./processes-below.ts"
import { regionProcesses } from "./region-processes.ts"

let scratch: ScratchEnvironment
let faults: TargetFaults

beforeAll(async () => {
  scratch = await startScratchEnvironment()
  faults = localFaults(environment())
}, 60_000)

afterAll(() => scratch.end(), 60_000)

const environment = () => ({ directories: scratch.environment.directories, regions: ["east", "west"] })

/** Makes a fault, says so, and stays. */
const program = (fault: Fault, healAfter: number) => `
  import { localFaults } from ${JSON.stringify(new URL("local-faults.ts", import.meta.url).href)}
  const faults = localFaults(${JSON.stringify(environment())})
  const made = await faults.make(${JSON.stringify(fault)}, { healAfter: ${healAfter} }, AbortSignal.timeout(20_000))
  console.log(JSON.stringify(made))
  setInterval(() => undefined, 1_000)`

const soon = () => AbortSignal.timeout(30_000)
const long = 600_000
const make = (fault: Fault, healAfter = long) => faults.make(fault, { healAfter }, soon())

/** Whether it comes true before the patience is over: for what is to stay away. */
const within = (milliseconds: number, work: (signal: AbortSignal) => Promise<unknown>): Promise<boolean> =>
  work(AbortSignal.timeout(milliseconds)).then(
    () => true,
    () => false,
  )

function sql({ socket, database }: RegionSpec, text: string): Promise<unknown> {
  const { port, passwords, name } = database
  const socketDirectory = postgresSocketDirectory(socket)
  const login = { socketDirectory, port, user: "superuser", passwordFile: passwords.superuser, database: name } as const
  return withConnection(login, client => client.query(text))
}

const childOf = ({ directory }: RegionSpec, name: string) => {
  const child = rememberedChildren(directory)[name]
  return child && isAlive(child) ? child : undefined
}

const isSettled = async ({ socket }: RegionSpec) => (await new AgentClient(socket).state(500))?.settled === true
const untilSettled = (spec: RegionSpec) => untilTrue(undefined, () => isSettled(spec), soon())

/** `T` when it is stopped. */
const stateOf = (pid: number) => /^State:\s+(\w)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]

/** Undefined of one that has ended meanwhile, as the database's workers do. */
function fileLimit(pid: number): string | undefined {
  try {
    return /^Max file size\s+(\S+)/m.exec(readFileSync(`/proc/${pid}/limits`, "utf8"))?.[1]
  } catch {
    return undefined
  }
}

/** The supervisor, and what it started itself: they stay, where the database's workers come and go. */
function lastingProcesses({ directory }: RegionSpec): readonly ProcessIdentity[] {
  const children = new Set(Object.values(rememberedChildren(directory)).map(({ pid }) => pid))
  return regionProcesses(directory).filter(({ pid }, index) => index === 0 || children.has(pid))
}

/** Whether PostgreSQL answers there: a byte, to the question whether it speaks TLS. */
const answersOn = (port: number, patience = 300) =>
  within(patience, async signal => {
    const socket = net.connect(port, "127.0.0.1")
    try {
      await once(socket, "connect", { signal })
      socket.write(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]))
      await once(socket, "data", { signal })
    } finally {
      socket.destroy()
    }
  })

const httpAnswersOn = (port: number, patience = 300) =>
  within(patience, async signal => (await fetch(`http://127.0.0.1:${port}/`, { signal })).body?.cancel())

const modelAnswers = ({ simulator }: RegionSpec, patience = 300) =>
  within(patience, async signal => {
    const { host, port } = simulator!.listen
    const request = http.get({ host, port, path: "/v1/models", agent: false, signal })
    await once(request, "response", { signal })
    request.destroy()
  })

async function backendOf(region: string) {
  const request = { socket: scratch.entry.gateway.control, method: "GET", path: "/status", signal: soon() } as const
  const { backends } = (await requestOverSocket(request)).body as GatewayStatus
  return backends.find(backend => backend.region === region)!
}

const linkTo = (from: RegionSpec, name: string) => from.links.find(link => link.name === name)!.listen

/** How a fault shows, and how its end does. */
interface Case {
  readonly fault: Fault
  /** Milliseconds, long enough to see it. */
  readonly lasts?: number
  /** Looks at what is to be broken, and gives what expects it to be. */
  before(): Promise<() => Promise<unknown>>
  whole(): Promise<boolean>
}

let supervisor: ProcessIdentity

const cases: readonly Case[] = [
  {
    fault: { kind: "kill-database", region: "east" },
    before: async () => {
      const postmaster = childOf(scratch.east, "database")!
      return async () => expect(isAlive(postmaster)).toBe(false)
    },
    whole: () => isSettled(scratch.east),
  },
  {
    fault: { kind: "freeze-database", region: "west" },
    before: async () => async () => {
      const postmaster = childOf(scratch.west, "database")!
      const all = [postmaster, ...processesBelow(postmaster)]
      expect(all.length).toBeGreaterThan(4)
      // A session that had just ended has nobody to take note of it; another stands still once it gets its turn.
      const stands = ({ pid }: ProcessIdentity) => /[TZ]/.test(stateOf(pid) ?? "")
      await untilTrue(undefined, () => all.every(stands), soon())
      expect(await answersOn(scratch.west.database.port)).toBe(false)
      expect(stateOf(regionProcesses(scratch.west.directory)[0]!.pid)).not.toBe("T")
    },
    whole: () => isSettled(scratch.west),
  },
  {
    fault: { kind: "kill-region", region: "west" },
    before: async () => {
      const all = regionProcesses(scratch.west.directory)
      expect(all.length).toBeGreaterThan(8)
      return async () => {
        expect(all.filter(isAlive)).toEqual([])
        expect(regionProcesses(scratch.west.directory)).toEqual([])
        expect(await answersOn(scratch.west.database.port)).toBe(false)
      }
    },
    whole: () => isSettled(scratch.west),
  },
  {
    fault: { kind: "freeze-region", region: "west" },
    before: async () => async () => {
      const all = regionProcesses(scratch.west.directory)
      expect(all.length).toBeGreaterThan(8)
      expect([...new Set(all.map(({ pid }) => stateOf(pid)))]).toEqual(["T"])
      expect(await answersOn(scratch.west.database.port)).toBe(false)
      expect(await answersOn(scratch.east.database.port, 3_000)).toBe(true)
    },
    whole: () => isSettled(scratch.west),
  },
  {
    fault: { kind: "partition-regions", regions: ["east", "west"] },
    before: async () => {
      const { east, west } = scratch
      const ways = [linkTo(east, "west/database"), linkTo(west, "east/database")]
      for (const way of ways) expect(await answersOn(way, 3_000)).toBe(true)
      return async () => {
        expect(await Promise.all(ways.map(way => answersOn(way)))).toEqual([false, false])
        const witness = fetch(`${west.witness.url}/register`, { signal: AbortSignal.timeout(3_000) })
        expect((await witness).status).toBeGreaterThan(0)
        expect((await backendOf("west")).state).toBe("healthy")
      }
    },
    whole: () => answersOn(linkTo(scratch.west, "east/database"), 3_000),
  },
  {
    fault: { kind: "partition-entry", region: "west" },
    // Two checks in a row have to fail.
    lasts: 4_000,
    before: async () => {
      await untilTrue(undefined, async () => (await backendOf("west")).state === "healthy", soon())
      return async () => {
        await untilTrue(undefined, async () => (await backendOf("west")).state !== "healthy", soon())
        expect(await backendOf("west")).toMatchObject({ reason: "no answer to /readyz within 800 ms" })
        expect(await backendOf("east")).toMatchObject({ state: "healthy" })
      }
    },
    whole: async () => (await backendOf("west")).state === "healthy",
  },
  {
    fault: { kind: "cut-off-region", region: "west" },
    // Two checks in a row have to fail.
    lasts: 4_000,
    before: async () => {
      const { east, west } = scratch
      await untilTrue(undefined, async () => (await backendOf("west")).state === "healthy", soon())
      const ways = [linkTo(east, "west/database"), linkTo(west, "east/database")]
      for (const way of ways) expect(await answersOn(way, 3_000)).toBe(true)
      const all = lastingProcesses(west)
      return async () => {
        expect(await Promise.all(ways.map(way => answersOn(way)))).toEqual([false, false])
        expect(await httpAnswersOn(linkTo(east, "west/r1"))).toBe(false)
        expect(await httpAnswersOn(linkTo(west, "east/r1"))).toBe(false)
        expect(await httpAnswersOn(linkTo(west, "witness"))).toBe(false)
        expect(await httpAnswersOn(linkTo(east, "witness"), 3_000)).toBe(true)
        await untilTrue(undefined, async () => (await backendOf("west")).state !== "healthy", soon())
        expect(await backendOf("east")).toMatchObject({ state: "healthy" })
        // It runs on.
        expect(all.filter(isAlive)).toEqual(all)
        expect(await answersOn(west.database.port, 3_000)).toBe(true)
      }
    },
    whole: async () => (await backendOf("west")).state === "healthy" && isSettled(scratch.west),
  },
  {
    fault: { kind: "fill-disk", region: "east" },
    before: async () => {
      supervisor = regionProcesses(scratch.east.directory)[0]!
      await sql(scratch.east, "create table if not exists t (n int)")
      return async () => {
        const limits = regionProcesses(scratch.east.directory).map(({ pid }) => fileLimit(pid))
        expect(limits.filter(limit => limit !== undefined && limit !== "0")).toEqual([])
        for (const { pid } of lastingProcesses(scratch.east)) expect(fileLimit(pid)).toBe("0")
        await expect(sql(scratch.east, "create table never (n int)")).rejects.toThrow()
        expect(fileLimit(childOf(scratch.west, "database")!.pid)).toBe("unlimited")
      }
    },
    whole: () => {
      // It has nowhere to write its log to, and goes on.
      expect(isAlive(supervisor)).toBe(true)
      return within(3_000, () => sql(scratch.east, "insert into t values (1)"))
    },
  },
  {
    fault: { kind: "lose-model", region: "east" },
    before: async () => {
      expect(await modelAnswers(scratch.east, 3_000)).toBe(true)
      return async () => {
        expect(await modelAnswers(scratch.east)).toBe(false)
        expect(await modelAnswers(scratch.west, 3_000)).toBe(true)
      }
    },
    whole: () => modelAnswers(scratch.east),
  },
]

/** Kinds whose healing differs in how it is done; it is the same at its time and before. */
const endsOtherwise = new Set(["freeze-region", "partition-regions", "partition-entry", "cut-off-region"])

const wholeAgain = async (whole: () => Promise<boolean>) => {
  await untilTrue(undefined, whole, soon())
  await Promise.all([untilSettled(scratch.east), untilSettled(scratch.west)])
}

async function holderOf({ id }: ActiveFault) {
  const record = await new FaultRecords(scratch.environment.directories.state).find(id)
  return record!.holder
}

describe.each(cases)("$fault.kind", ({ fault, before, whole, lasts = 1_500 }) => {
  it("takes effect, and heals at its time though its maker was killed", async () => {
    const expectBroken = await before()
    const maker = spawn(
      process.execPath,
      ["--conditions=chatops-source", "--input-type=module", "-e", program(fault, lasts)],
      {
        stdio: ["ignore", "pipe", "inherit"],
      },
    )
    onTestFinished(() => void maker.kill("SIGKILL"))
    const made = JSON.parse(String((await once(maker.stdout, "data", { signal: soon() }))[0])) as ActiveFault
    maker.kill("SIGKILL")
    await once(maker, "close")
    expect(await faults.active()).toEqual([made])
    expect(made).toMatchObject({ fault, healsAt: made.madeAt + lasts })
    await expectBroken()
    await untilTrue(undefined, async () => (await faults.active()).length === 0, soon())
    expect(Date.now()).toBeGreaterThanOrEqual(made.healsAt)
    await wholeAgain(whole)
  }, 60_000)

  it("is healed by whoever looks when its holder was killed", async () => {
    const expectBroken = await before()
    const made = await make(fault)
    await expectBroken()
    const holder = await holderOf(made)
    expect(await faults.active()).toEqual([made])
    sendSignal(holder, "SIGKILL")
    await untilTrue(undefined, () => !isAlive(holder), soon())
    expect(await faults.active()).toEqual([])
    await wholeAgain(whole)
  }, 60_000)
})

it.each(cases.filter(({ fault }) => endsOtherwise.has(fault.kind)))(
  "$fault.kind is healed before its time",
  async ({ fault, before, whole }) => {
    const expectBroken = await before()
    const made = await make(fault)
    const holder = await holderOf(made)
    await expectBroken()
    await faults.heal(made.id, soon())
    expect(await faults.active()).toEqual([])
    await untilTrue(undefined, () => !isAlive(holder), soon())
    await wholeAgain(whole)
    await faults.heal(made.id, soon())
  },
  60_000,
)

it("refuses a fault where another one is, however many ask at once, and no other", async () => {
  const wanted: Fault[] = [
    { kind: "lose-model", region: "east" },
    { kind: "partition-regions", regions: ["west", "east"] },
    { kind: "kill-database", region: "east" },
  ]
  const results = await Promise.allSettled(wanted.map(fault => make(fault)))
  const made = results.flatMap(result => (result.status === "fulfilled" ? [result.value] : []))
  const refused = results.flatMap(result => (result.status === "rejected" ? [result.reason] : []))
  expect([made.length, refused.map(({ code }) => code)]).toEqual([1, ["FAULT_ACTIVE", "FAULT_ACTIVE"]])
  await faults.heal(made[0]!.id, soon())
  const [first, second] = await Promise.all([
    make({ kind: "lose-model", region: "east" }),
    make({ kind: "lose-model", region: "west" }),
  ])
  expect(new Set((await faults.active()).map(({ id }) => id))).toEqual(new Set([first!.id, second!.id]))
  await Promise.all([first, second].map(({ id }) => faults.heal(id, soon())))
  await Promise.all([untilSettled(scratch.east), untilSettled(scratch.west)])
}, 30_000)

it("refuses what it cannot make, and leaves nothing behind", async () => {
  await expect(make({ kind: "kill-region", region: "north" })).rejects.toMatchObject({ code: "REGION_UNKNOWN" })
  const itself: Fault = { kind: "partition-regions", regions: ["east", "east"] }
  await expect(make(itself)).rejects.toMatchObject({ code: "FAULT_UNSUPPORTED" })
  const { directories, regions } = environment()
  const nowhere = localFaults({ regions, directories: { ...directories, state: join(directories.state, "elsewhere") } })
  for (const kind of [
    "kill-database",
    "freeze-database",
    "kill-region",
    "freeze-region",
    "cut-off-region",
    "fill-disk",
    "lose-model",
  ] as const) {
    const making = nowhere.make({ kind, region: "east" }, { healAfter: long }, soon())
    await expect(making).rejects.toMatchObject({ code: "FAULT_UNSUPPORTED" })
  }
  await expect(make(itself)).rejects.toMatchObject({ code: "FAULT_UNSUPPORTED" })
  expect(readdirSync(join(directories.state, "faults")).filter(name => !name.endsWith(".log"))).toEqual([])
}, 30_000)

it("undoes what it began when it is told to stop", async () => {
  const reason = new Error("enough")
  const stop = new AbortController()
  const making = faults.make({ kind: "freeze-region", region: "west" }, { healAfter: long }, stop.signal)
  const records = new FaultRecords(scratch.environment.directories.state)
  await untilTrue(undefined, async () => (await records.all()).length > 0, soon())
  stop.abort(reason)
  await expect(making).rejects.toBe(reason)
  await untilTrue(undefined, async () => (await records.all()).length === 0, soon())
  await untilSettled(scratch.west)
}, 30_000)

it("does not touch a stranger that has the pid of what was frozen", async () => {
  const stranger = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"])
  onTestFinished(() => void stranger.kill("SIGKILL"))
  stranger.kill("SIGSTOP")
  await untilTrue(undefined, () => stateOf(stranger.pid!) === "T", soon())
  const another = { pid: stranger.pid!, started: "in another life" }
  const { state } = scratch.environment.directories
  const fault: Fault = { kind: "freeze-region", region: "west" }
  const record = { id: "old", fault, holder: another, effect: null, broken: { processes: [another] } }
  writeFileSync(join(state, "faults", "old.json"), JSON.stringify(record))
  expect(await faults.active()).toEqual([])
  expect(readdirSync(join(state, "faults"))).not.toContain("old.json")
  expect(stateOf(stranger.pid!)).toBe("T")
  // It would have gone on: its own identity is what counts.
  const own = { ...record, broken: { processes: [identify(stranger.pid!)] } }
  writeFileSync(join(state, "faults", "old.json"), JSON.stringify(own))
  await faults.active()
  await untilTrue(undefined, () => stateOf(stranger.pid!) !== "T", soon())
})

it("says which kinds can be made here, and why not the others", async () => {
  expect(new Set((await faults.able()).values())).toEqual(new Set([true]))
  const directories = { ...environment().directories, state: "/nowhere" }
  const path = process.env["PATH"]
  process.env["PATH"] = "/nowhere"
  onTestFinished(() => {
    process.env["PATH"] = path
  })
  const able = await localFaults({ directories, regions: ["east"] }).able()
  expect(Object.fromEntries(able)).toEqual({
    "kill-database": true,
    "freeze-database": true,
    "kill-region": true,
    "freeze-region": true,
    "partition-regions": "there is only one region",
    "partition-entry": true,
    "cut-off-region": true,
    "fill-disk": "`prlimit` (util-linux) is not installed",
    "lose-model": "the upstreams of chatops.yaml are not simulated, or nothing is deployed",
  })
})

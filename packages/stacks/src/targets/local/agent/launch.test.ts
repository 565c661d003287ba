import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdirSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from "node:fs"
import net from "node:net"
import { dirname, join } from "node:path"
import { beforeEach, expect, it, onTestFinished, vi } from "vitest"
import { programFingerprints } from "../../../build-info.ts"
import { write } from "../../../failover/protocol/supervisor.ts"
import { identify, isAlive, type ProcessIdentity } from "../../../process/process-identity.ts"
import { lockHolder } from "../../../process/process-lock.ts"
import { cacheDirectory } from "../../../state/state-directory.ts"
import { scratchState } from "../../../testing/scratch-state.ts"
import { witnessSpec } from "../../../testing/witness-agent.ts"
import { WitnessClient } from "../witness/witness-client.ts"
import { AgentClient } from "./agent-client.ts"
import { launchAgent } from "./launch.ts"
import { programStore, storedProgram } from "./program-store.ts"
import type { AgentSpec, WitnessSpec } from "./spec.ts"
import type { AgentState } from "./state.ts"
import { agentLock, stopAgent } from "./stop-agent.ts"
import { untilTrue } from "./until.ts"

const soon = () => AbortSignal.timeout(20_000)
const launch = (spec: WitnessSpec) => launchAgent(spec, { signal: soon() })
const childOf = (state: AgentState): ProcessIdentity => identify(state.processes[0]!.pid!)!
const programOf = ({ bundles }: AgentSpec, name: string) => storedProgram(programStore(), name, bundles[name]!)
const gone = (process_: ProcessIdentity) => untilTrue(undefined, () => !isAlive(process_), soon())

let root: string
let spec: WitnessSpec

beforeEach(async () => {
  root = scratchState()
  spec = await witnessSpec(root)
})

it("starts an agent that outlives whoever started it, for its own user only", async () => {
  const state = await launch(spec)
  expect(state).toMatchObject({ settled: true, failure: null, processes: [{ name: "witness", ready: true }] })
  expect(statSync(spec.socket).mode & 0o777).toBe(0o600)
  expect(statSync(join(spec.directory, "spec.json")).mode & 0o777).toBe(0o600)
  expect(readFileSync(`/proc/${state.pid}/stat`, "utf8").split(" ")[5]).toBe(String(state.pid))
})

it("gives it, and what it runs, nothing of the maker's environment that could be a secret", async () => {
  vi.stubEnv("PULUMI_CONFIG_PASSPHRASE", "do-not-leak")
  vi.stubEnv("OPENAI_API_KEY", "do-not-leak")
  vi.stubEnv("NODE_OPTIONS", "")
  const state = await launch(spec)
  for (const pid of [state.pid, childOf(state).pid]) {
    const environment = readFileSync(`/proc/${pid}/environ`, "utf8")
    expect(environment).toContain("PATH=")
    expect(environment).not.toMatch(/do-not-leak|PULUMI|OPENAI|NODE_OPTIONS/)
  }
})

it("adopts an agent that runs already", async () => {
  const first = await launch(spec)
  const second = await launch(spec)
  expect([second.pid, childOf(second).pid]).toEqual([first.pid, childOf(first).pid])
})

it("does not let a second agent into the directory", async () => {
  const { pid } = await launch(spec)
  const second = spawn(process.execPath, [programOf(spec, "agent"), spec.directory], { stdio: "pipe" })
  const [code] = await once(second, "exit")
  expect(code).toBe(75)
  expect(await new AgentClient(spec.socket).state()).toMatchObject({ pid })
})

it("ends what a killed agent left running, and takes over with the same register", async () => {
  const first = await launch(spec)
  const orphan = childOf(first)
  const url = `http://127.0.0.1:${spec.port}`
  const witness = new WitnessClient(url, spec.tokenFile)
  const base = await witness.read()
  await witness.settle(write(base!, { epoch: 2 }, "claim"))
  const agent = identify(first.pid)!
  process.kill(first.pid, "SIGKILL")
  await gone(agent)
  expect(isAlive(orphan)).toBe(true)

  const second = await launch(spec)
  expect(second.pid).not.toBe(first.pid)
  expect(isAlive(orphan)).toBe(false)
  expect(await witness.read()).toMatchObject({ epoch: 2, version: 2 })
})

it("leaves alone a stranger that has got a dead child's pid", async () => {
  await launch(spec)
  const state = await new AgentClient(spec.socket).state()
  process.kill(state!.pid, "SIGKILL")
  const stranger = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"])
  onTestFinished(() => void stranger.kill("SIGKILL"))
  const children = JSON.parse(readFileSync(join(spec.directory, "children.json"), "utf8"))
  children["reused"] = { pid: stranger.pid, started: "in another life" }
  writeFileSync(join(spec.directory, "children.json"), JSON.stringify(children))
  await launch(spec)
  expect(identify(stranger.pid!)).toBeDefined()
})

it("stops everything, also when only the children of a dead agent are left", async () => {
  const state = await launch(spec)
  const orphan = childOf(state)
  process.kill(state.pid, "SIGKILL")
  await stopAgent(spec, soon())
  expect(isAlive(orphan)).toBe(false)
  expect(lockHolder(agentLock(spec.directory))).toBeUndefined()
})

it("adopts an agent that was frozen, and stops one", async () => {
  const { pid } = await launch(spec)
  process.kill(pid, "SIGSTOP")
  expect((await launch(spec)).pid).toBe(pid)
  process.kill(pid, "SIGSTOP")
  await stopAgent(spec, soon())
  expect(identify(pid)).toBeUndefined()
})

it("kills an agent that neither answers nor ends", async () => {
  const lockModule = new URL("../../../process/process-lock.ts", import.meta.url).href
  const deaf = `import { takeLock } from ${JSON.stringify(lockModule)}
    process.on("SIGTERM", () => {})
    takeLock(${JSON.stringify(agentLock(spec.directory))}, "agent")
    setInterval(() => {}, 1000); console.log("deaf")`
  const child = spawn(process.execPath, ["--input-type=module", "-e", deaf], { stdio: ["ignore", "pipe", "inherit"] })
  onTestFinished(() => void child.kill("SIGKILL"))
  await once(child.stdout, "data")
  const ended = once(child, "exit")
  expect((await launch(spec)).settled).toBe(true)
  expect((await ended)[1]).toBe("SIGKILL")
}, 60_000)

it("replaces an agent of another version, and one whose directory is gone", async () => {
  const first = await launch(spec)
  const newer = await launch({ ...spec, programs: "2" })
  expect(newer.pid).not.toBe(first.pid)
  rmSync(spec.directory, { recursive: true })
  const again = await launch({ ...spec, programs: "2" })
  expect(again.settled).toBe(true)
  for (const { pid } of [first, newer]) expect(identify(pid)).toBeUndefined()
}, 60_000)

it("adopts an agent whose socket was removed, without waiting for it to notice", async () => {
  const { pid } = await launch(spec)
  rmSync(dirname(spec.socket), { recursive: true })
  expect((await launchAgent(spec, { signal: AbortSignal.timeout(3_000) })).pid).toBe(pid)
})

it("can be reached again by itself after its socket was removed", async () => {
  const { pid } = await launch(spec)
  rmSync(dirname(spec.socket), { recursive: true })
  const client = new AgentClient(spec.socket)
  await untilTrue(undefined, async () => (await client.state())?.pid === pid, soon())
})

it("moves with its run directory", async () => {
  const first = await launch(spec)
  const moved = { ...spec, socket: join(root, "run", "elsewhere", "witness") }
  const second = await launch(moved)
  expect(second.spec.socket).toBe(moved.socket)
  expect(identify(first.pid)).toBeUndefined()
  await stopAgent(moved, soon())
})

it("lets an agent of the version before finish, wherever that one listens", async () => {
  const { bundles: _, ...before } = { ...spec, socket: join(root, "user", "witness"), programs: "before" }
  mkdirSync(spec.directory, { recursive: true })
  writeFileSync(join(spec.directory, "spec.json"), JSON.stringify(before))
  const urlOf = (file: string) => JSON.stringify(new URL(file, import.meta.url).href)
  // One whose replicas have answers to finish for longer than a silent agent would be given.
  const draining = `
    import { takeLock } from ${urlOf("../../../process/process-lock.ts")}
    import { ControlServer } from ${urlOf("./control-server.ts")}
    takeLock(${JSON.stringify(agentLock(spec.directory))}, "agent")
    const state = { kind: "witness", pid: process.pid, startedAt: "", spec: ${JSON.stringify(before)}, settled: true, phase: "", failure: null, processes: [], region: null }
    await new ControlServer({ state: async () => state, apply: async () => {}, admin: async () => {} }).listen(state.spec.socket)
    process.on("SIGTERM", () => setTimeout(() => process.exit(0), 10_000))
    console.log("listening")`
  const child = spawn(process.execPath, ["--input-type=module", "-e", draining], {
    stdio: ["ignore", "pipe", "inherit"],
  })
  onTestFinished(() => void child.kill("SIGKILL"))
  await once(child.stdout, "data")
  const ended = once(child, "exit")
  expect((await launchAgent(spec, { signal: AbortSignal.timeout(40_000) })).spec.socket).toBe(spec.socket)
  expect(await ended).toEqual([0, null])
}, 60_000)

it("runs nothing that lies in the checkout, and does not stand in it", async () => {
  const { pid } = await launch(spec)
  const child = childOf((await new AgentClient(spec.socket).state())!)
  const checkout = new URL("../../../../../..", import.meta.url).pathname
  expect(existsSync(join(checkout, "pnpm-lock.yaml"))).toBe(true)
  for (const process_ of [pid, child.pid]) {
    expect(readlinkSync(`/proc/${process_}/cwd`)).toBe("/")
    expect(readlinkSync(`/proc/${process_}/exe`)).not.toContain(checkout)
    expect(readFileSync(`/proc/${process_}/cmdline`, "utf8")).not.toContain(checkout)
  }
})

it("puts back what was removed from its cache, before it is needed", async () => {
  vi.stubEnv("CHATOPS_CACHE", join(root, "own-cache"))
  const first = await launch(spec)
  rmSync(cacheDirectory(), { recursive: true })
  const second = await launch(spec)
  expect(second.pid).toBe(first.pid)
  process.kill(childOf(second).pid, "SIGKILL")
  for await (const state of new AgentClient(spec.socket).changes(soon())) {
    if (state.settled && state.processes[0]?.restarts === 1) break
  }
})

it("finds a running agent's programs where that one looks for them, whatever cache the deploy has", async () => {
  vi.stubEnv("CHATOPS_CACHE", join(root, "one-cache"))
  const { pid } = await launch(spec)
  const theirs = programStore()
  vi.stubEnv("CHATOPS_CACHE", join(root, "another-cache"))
  const added = { ...spec, bundles: { ...spec.bundles, ...programFingerprints(["links"]) } }
  const state = await launch(added)
  expect(state).toMatchObject({ pid, runsFrom: { store: theirs }, spec: added })
  expect(existsSync(storedProgram(theirs, "links", added.bundles.links))).toBe(true)
})

it("stops an agent whose directory was removed by hand", async () => {
  const state = await launch(spec)
  const child = childOf(state)
  rmSync(spec.directory, { recursive: true })
  await stopAgent(spec, soon())
  expect(identify(state.pid)).toBeUndefined()
  expect(isAlive(child)).toBe(false)
})

it("names a taken port and who has it, and succeeds once it is free", async () => {
  const stranger = net.createServer().listen(spec.port, "127.0.0.1")
  await once(stranger, "listening")
  await expect(launch(spec)).rejects.toMatchObject({
    code: "PORT_TAKEN",
    message: expect.stringMatching(new RegExp(`port ${spec.port} is held by pid ${process.pid}, `)),
  })
  stranger.close()
  expect((await launch(spec)).failure).toBeNull()
})

it("says that the register cannot be read, and goes on by itself once it can", async () => {
  const file = join(spec.directory, "register.json")
  await launch(spec)
  await stopAgent(spec, soon())
  const content = readFileSync(file)
  writeFileSync(file, "{")
  await expect(launch(spec)).rejects.toMatchObject({ code: "WITNESS_UNREADABLE" })
  writeFileSync(file, content)
  for await (const state of new AgentClient(spec.socket).changes(soon())) if (state.settled) break
})

it("says what an agent said that could not start", async () => {
  const tooLong = { ...spec, socket: join(root, "x".repeat(120)) }
  await expect(launch(tooLong)).rejects.toMatchObject({
    code: "AGENT_FAILED",
    message: expect.stringMatching(/ended with 1: Error: listen .*agent\.log/),
  })
})

it("gives up when it is told to", async () => {
  const reason = new Error("enough")
  await expect(launchAgent(spec, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
})

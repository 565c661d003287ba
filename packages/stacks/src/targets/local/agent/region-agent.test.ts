import { execFileSync } from "node:child_process"
import { createHash } from "node:crypto"
import { once } from "node:events"
import { globSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs"
import net from "node:net"
import { dirname, join } from "node:path"
import { expect, it, onTestFinished } from "vitest"
import { identify, isAlive, type ProcessIdentity } from "../../../process/process-identity.ts"
import { isRoot } from "../../../state/state-directory.ts"
import { scratchRegions } from "../../../testing/scratch-regions.ts"
import { firstRegister } from "../../../testing/witness-agent.ts"
import { findFreePort } from "../free-port.ts"
import { postgresSocketDirectory } from "../layout.ts"
import { partPrograms } from "../part-programs.ts"
import { withConnection } from "../postgres/connection.ts"
import { serveRegister } from "../witness/register-server.ts"
import { RegisterStore } from "../witness/register-store.ts"
import { AgentClient } from "./agent-client.ts"
import { launchAgent } from "./launch.ts"
import type { RegionSpec } from "./spec.ts"
import type { AgentState } from "./state.ts"
import { stopAgent } from "./stop-agent.ts"
import { untilTrue } from "./until.ts"

const soon = () => AbortSignal.timeout(60_000)
const launch = (spec: RegionSpec) => launchAgent(spec, { signal: soon() })

/** A region without replicas whose witness is the test's. */
async function soleRegion(): Promise<RegionSpec> {
  const { east, tokenFile } = await scratchRegions()
  const store = await RegisterStore.open(join(east.spec.directory, "..", "register.json"), firstRegister)
  const port = await findFreePort(new Set())
  const server = await serveRegister(store, readFileSync(tokenFile, "utf8"), port)
  onTestFinished(() => void server.close())
  return { ...east.spec, ...partPrograms("region"), witness: { url: `http://127.0.0.1:${port}`, tokenFile } }
}

/** Ends the agent with the test, before whatever was set up earlier is taken down. */
function cleanUp(spec: RegionSpec): void {
  onTestFinished(() => stopAgent(spec, AbortSignal.timeout(60_000)))
}

function sql(spec: RegionSpec, text: string): Promise<Record<string, unknown>[]> {
  const { port, passwords, name } = spec.database
  const socketDirectory = postgresSocketDirectory(spec.socket)
  const login = { socketDirectory, port, user: "superuser", passwordFile: passwords.superuser, database: name } as const
  return withConnection(login, async client => (await client.query(text)).rows)
}

function databaseOf(state: AgentState): ProcessIdentity {
  return identify(state.processes.find(({ name }) => name === "database")!.pid!)!
}

const sessionOf = (pid: number) => Number(execFileSync("ps", ["-o", "sid=", "-p", String(pid)], { encoding: "utf8" }))

it("loses nothing acknowledged to the end of its agent, of its database, or of both", async () => {
  const spec = await soleRegion()
  cleanUp(spec)
  const client = new AgentClient(spec.socket)
  const first = await launch(spec)
  expect(first.region).toMatchObject({ role: "primary", database: "running" })
  await sql(spec, "create table t (n int)")
  await sql(spec, "insert into t values (1)")

  const orphan = databaseOf(first)
  process.kill(first.pid, "SIGKILL")
  await sql(spec, "insert into t values (2)")
  expect(isAlive(orphan)).toBe(true)
  const second = await launch(spec)
  expect(isAlive(orphan)).toBe(false)
  expect(second.region?.incarnation).toBe(first.region?.incarnation)

  const killed = databaseOf(second)
  process.kill(killed.pid, "SIGKILL")
  for await (const state of client.changes(soon())) {
    const { pid } = state.processes.find(({ name }) => name === "database") ?? {}
    if (state.settled && state.region?.role === "primary" && pid !== killed.pid) break
  }
  await sql(spec, "insert into t values (3)")

  process.kill(databaseOf((await client.state())!).pid, "SIGKILL")
  process.kill(second.pid, "SIGKILL")
  await launch(spec)
  expect(await sql(spec, "select n from t order by n")).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }])
}, 120_000)

/** Undefined of what is no file, and of what PostgreSQL has removed meanwhile. */
function contentsOf(file: string): Buffer | undefined {
  try {
    return statSync(file).isFile() ? readFileSync(file) : undefined
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error
    return undefined
  }
}

it("keeps of a key and of a one-time token nothing but their hashes, in the database and everywhere on disk", async () => {
  const spec = await soleRegion()
  cleanUp(spec)
  await launch(spec)
  const client = new AgentClient(spec.socket)
  const { id, key } = (await client.admin("create-key", { tenant: "acme", name: "ci" })) as { id: string; key: string }
  const { token } = (await client.admin("create-token", { tenant: "acme", lifetimeSeconds: 60 })) as { token: string }
  expect(await client.admin("list-keys")).toMatchObject([{ id, tenant: "acme", name: "ci" }])
  await sql(spec, "checkpoint")
  const files = globSync("**/*", { cwd: spec.directory })
    .map(name => join(spec.directory, name))
    .map(file => ({ file, contents: contentsOf(file) }))
  const holding = (bytes: Buffer | string) =>
    files.flatMap(({ file, contents }) => (contents?.includes(bytes) ? file : []))
  for (const secret of [key, token]) {
    expect([holding(secret), holding(Buffer.from(secret).toString("hex"))]).toEqual([[], []])
    // It would have been found: what belongs to it is.
    expect(holding(createHash("sha256").update(secret).digest())).not.toEqual([])
  }
}, 60_000)

it.runIf(process.platform === "linux")(
  "gives its database a Linux session of its own",
  async () => {
    const spec = await soleRegion()
    cleanUp(spec)
    const agent = await launch(spec)
    const { pid } = databaseOf(agent)
    expect([sessionOf(agent.pid), sessionOf(pid)]).toEqual([agent.pid, pid])
  },
  60_000,
)

it("answers, and ends in time, with a frozen database", async () => {
  const spec = await soleRegion()
  cleanUp(spec)
  const { pid } = databaseOf(await launch(spec))
  process.kill(pid, "SIGSTOP")
  expect(await new AgentClient(spec.socket).state()).toMatchObject({ region: { role: "primary", database: "running" } })
  const agent = (await new AgentClient(spec.socket).state())?.pid
  process.kill(agent!, "SIGKILL")
  await stopAgent(spec, soon())
  expect(identify(pid)).toBeUndefined()
}, 60_000)

it("shows what kept it closed, and opens by itself once that has passed", async () => {
  const spec = await soleRegion()
  cleanUp(spec)
  const { owner } = spec.database.passwords
  renameSync(owner, `${owner}.away`)
  await expect(launch(spec)).rejects.toMatchObject({ code: "AGENT_FAILED", message: expect.stringContaining("ENOENT") })
  const client = new AgentClient(spec.socket)
  expect(await client.state()).toMatchObject({ settled: false, failure: { code: "AGENT_FAILED" } })
  renameSync(`${owner}.away`, owner)
  for await (const state of client.changes(soon())) if (state.settled && !state.failure) break
  await sql(spec, "create table t (n int)")
}, 60_000)

it("can be told things again after its sockets were removed, its database's too", async () => {
  const spec = await soleRegion()
  cleanUp(spec)
  const { pid } = await launch(spec)
  await sql(spec, "create table t (n int)")
  rmSync(dirname(spec.socket), { recursive: true })
  await expect(sql(spec, "select * from t")).rejects.toThrow("ENOENT")
  const works = () =>
    sql(spec, "select * from t").then(
      () => true,
      () => false,
    )
  await untilTrue(undefined, works, soon())
  expect((await launch(spec)).pid).toBe(pid)
}, 60_000)

it("names whoever has its database's port, and starts once it is free", async () => {
  const spec = await soleRegion()
  cleanUp(spec)
  const stranger = net.createServer().listen(spec.database.port, "127.0.0.1")
  await once(stranger, "listening")
  await expect(launch(spec)).rejects.toMatchObject({
    code: "PORT_TAKEN",
    message: expect.stringMatching(new RegExp(`127.0.0.1:${spec.database.port} is taken .*pid ${process.pid}`)),
  })
  stranger.close()
  expect((await launch(spec)).failure).toBeNull()
}, 60_000)

it("tells a full disk, and goes on by itself when there is room again", async context => {
  const spec = await soleRegion()
  const resize = (size: string) => execFileSync("/bin/mount", ["-o", `remount,size=${size}`, spec.directory])
  if (!isRoot()) return context.skip("only root can mount a small disk")
  try {
    execFileSync("/bin/mount", ["-t", "tmpfs", "-o", "size=20m,mode=711", "tmpfs", spec.directory], { stdio: "pipe" })
  } catch {
    return context.skip("this machine does not let root mount a small disk")
  }
  onTestFinished(() => void execFileSync("/bin/umount", ["-l", spec.directory]))
  cleanUp(spec)
  await expect(launch(spec)).rejects.toMatchObject({ code: "DISK_FULL" })

  resize("200m")
  await launch(spec)
  await sql(spec, "create table t (n int, filler text)")
  await sql(spec, "insert into t values (1, '')")
  const filler = join(spec.directory, "filler")
  expect(() => writeFileSync(filler, Buffer.alloc(300 * 1024 * 1024))).toThrow("ENOSPC")
  const fill = "insert into t select n, repeat(md5(n::text), 50) from generate_series(2, 50000) n"
  await expect(sql(spec, fill)).rejects.toThrow()
  expect(await new AgentClient(spec.socket).state()).toBeDefined()

  rmSync(filler)
  const rows = () => sql(spec, "select n from t").catch(() => [])
  await untilTrue(undefined, async () => (await rows()).length === 1, soon())
}, 90_000)

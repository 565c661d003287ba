import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import net from "node:net"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { beforeEach, describe, expect, it, onTestFinished } from "vitest"
import type { EnvironmentDirectories } from "../../state/state-directory.ts"
import { scratchState } from "../../testing/scratch-state.ts"
import { allocatePasswords, allocatePorts, foreseePorts, type Ports } from "./allocation.ts"

const signal = new AbortController().signal
let root: string
beforeEach(() => {
  root = scratchState()
})

const environment = (name: string): EnvironmentDirectories => {
  const state = join(root, "app-1", name)
  mkdirSync(state, { recursive: true })
  return { state, run: join(root, "run"), cache: join(root, "cache") }
}
const ask = (names: readonly string[], inUse = false) => names.map(name => ({ name, inUse }))

async function listenOn(port: number): Promise<void> {
  const server = net.createServer().listen(port, "127.0.0.1")
  await once(server, "listening")
  onTestFinished(() => void server.close())
}

describe("ports", () => {
  it("stay the same for ever, also of a region that was away", async () => {
    const directories = environment("local")
    const first = await allocatePorts(directories, ask(["entry", "east/r1", "west/r1"]), signal)
    await allocatePorts(directories, ask(["entry", "east/r1"]), signal)
    expect(await allocatePorts(directories, ask(["west/r1", "east/r1", "entry"]), signal)).toEqual(first)
  })

  it("are given up when a stranger took them, but only while their part is down", async () => {
    const directories = environment("local")
    const { entry } = await allocatePorts(directories, ask(["entry"]), signal)
    await listenOn(entry!)
    expect(await allocatePorts(directories, ask(["entry"], true), signal)).toEqual({ entry })
    const { entry: moved } = await allocatePorts(directories, ask(["entry"]), signal)
    expect(moved).not.toBe(entry)
    expect(await allocatePorts(directories, ask(["entry"]), signal)).toEqual({ entry: moved })
  })

  it("are taken as they are when they were chosen, and nobody else of the environment keeps one then", async () => {
    const directories = environment("local")
    const before = await allocatePorts(directories, ask(["east/database", "entry"]), signal)
    const chosen = before["east/database"]!
    await listenOn(chosen)
    const requests = [...ask(["east/database"], true), { name: "entry", inUse: false, fixed: chosen }]
    const after = await allocatePorts(directories, requests, signal)
    expect(after["entry"]).toBe(chosen)
    expect(after["east/database"]).not.toBe(chosen)
  })

  it("are never shared, whichever processes ask at the same time", async () => {
    const source = `import { allocatePorts } from ${JSON.stringify(new URL("./allocation.ts", import.meta.url).href)}
      const names = Array.from({ length: 150 }, (_, index) => ({ name: "p" + index, inUse: false }))
      const directories = JSON.parse(process.argv[1])
      console.error("ready")
      for await (const _ of process.stdin);
      console.log(JSON.stringify(await allocatePorts(directories, names, new AbortController().signal)))`
    const processes = ["a", "b", "c", "d", "e"].map(name => {
      const args = [
        "--conditions=chatops-source",
        "--input-type=module",
        "-e",
        source,
        JSON.stringify(environment(name)),
      ]
      const child = spawn(process.execPath, args, { stdio: "pipe" })
      onTestFinished(() => void child.kill("SIGKILL"))
      return child
    })
    await Promise.all(processes.map(child => once(child.stderr, "data")))
    for (const child of processes) child.stdin.end()
    const allocated = await Promise.all(processes.map(async ({ stdout }) => JSON.parse(await text(stdout)) as Ports))
    const ports = allocated.flatMap(Object.values)
    expect(ports).toHaveLength(750)
    expect(new Set(ports).size).toBe(750)
    expect(ports.every(port => port >= 20_000 && port < 32_000)).toBe(true)
    expect(readdirSync(root).filter(entry => entry.startsWith("ports.lock"))).toEqual([])
  })

  it("are not guessed anew when their record is damaged", async () => {
    const directories = environment("local")
    writeFileSync(join(directories.state, "allocation.json"), '{"entry": "x"')
    await expect(allocatePorts(directories, ask(["entry"]), signal)).rejects.toMatchObject({ code: "STATE_UNREADABLE" })
  })

  it("can be foreseen without being taken", async () => {
    const directories = environment("local")
    expect(await foreseePorts(directories, ask(["entry"]), signal)).toHaveProperty("entry")
    expect(readdirSync(directories.state)).toEqual([])
    const { entry } = await allocatePorts(directories, ask(["entry"]), signal)
    expect(await foreseePorts(directories, ask(["entry", "east/r1"]), signal)).toMatchObject({ entry })
  })

  it("do not mind another environment's damaged record", async () => {
    writeFileSync(join(environment("other").state, "allocation.json"), "")
    expect(await allocatePorts(environment("local"), ask(["entry"]), signal)).toHaveProperty("entry")
  })
})

describe("passwords", () => {
  it("are made once, long and different, and closed to everybody else", async () => {
    const directories = environment("local")
    const passwords = join(directories.state, "passwords")
    const read = () => readdirSync(passwords).map(name => [name, readFileSync(join(passwords, name), "utf8")] as const)
    await allocatePasswords(directories)
    const first = read()
    await allocatePasswords(directories)
    expect(read()).toEqual(first)
    expect(new Set(first.map(([, value]) => value)).size).toBe(first.length)
    expect(first.every(([, value]) => value.length >= 32)).toBe(true)
    expect(statSync(passwords).mode & 0o777).toBe(0o700)
    expect(first.map(([name]) => statSync(join(passwords, name)).mode & 0o777)).toEqual(first.map(() => 0o600))
  })

  it("lie where the database's user may pass but not look, whatever the caller's umask is", async () => {
    const umask = process.umask(0o077)
    onTestFinished(() => void process.umask(umask))
    const directories = { ...environment("local"), state: join(root, "app-2", "local") }
    await allocatePasswords(directories)
    for (const path of [root, join(root, "app-2"), directories.state]) expect(statSync(path).mode & 0o777).toBe(0o711)
  })
})

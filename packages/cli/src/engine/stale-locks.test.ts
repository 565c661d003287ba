import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { hostname, tmpdir } from "node:os"
import { join } from "node:path"
import { beforeEach, expect, it, onTestFinished } from "vitest"
import { awaitOrphanedEngines, clearDeadLocks } from "./stale-locks.ts"

let state: string
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), "chatops-locks-"))
  onTestFinished(() => rmSync(state, { recursive: true, force: true }))
})

/** As the engine's file backend writes it. */
function lock(stack: string, content: unknown): string {
  const directory = join(state, ".pulumi", "locks", "organization", "bot", stack)
  mkdirSync(directory, { recursive: true })
  const file = join(directory, "0d3f.json")
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content))
  return file
}

async function running(name: string): Promise<number> {
  const program = join(state, name)
  symlinkSync("/bin/sleep", program)
  const child = spawn(program, ["600"])
  await once(child, "spawn")
  onTestFinished(() => void child.kill("SIGKILL"))
  return child.pid!
}

async function ended(): Promise<number> {
  const child = spawn("/bin/true")
  await once(child, "exit")
  return child.pid!
}

it("clears what dead engines and half-written locks left, and keeps a living one's and another host's", async () => {
  const dead = lock("base", { pid: await ended(), hostname: hostname() })
  const half = lock("entry", '{"pid": 12')
  const living = lock("region-east", { pid: await running("pulumi"), hostname: hostname() })
  const elsewhere = lock("region-west", { pid: await ended(), hostname: "another-host" })
  expect(await clearDeadLocks(state)).toBe(1)
  expect([dead, half, living, elsewhere].map(file => existsSync(file))).toEqual([false, false, true, true])
})

it("is not fooled by another program that has got a dead engine's pid", async () => {
  const file = lock("base", { pid: await running("postgres"), hostname: hostname() })
  expect(await clearDeadLocks(state)).toBe(0)
  expect(existsSync(file)).toBe(false)
})

it("does not mind a state without locks", async () => {
  expect(await clearDeadLocks(state)).toBe(0)
})

it("waits for the engine that a killed operation left behind, and says so", async () => {
  const pid = await running("pulumi")
  const file = lock("base", { pid, hostname: hostname() })
  let waited = 0
  const onWaiting = () => {
    if (waited++ === 0) process.kill(pid, "SIGKILL")
  }
  await awaitOrphanedEngines(state, { signal: AbortSignal.timeout(10_000), onWaiting })
  expect(waited).toBeGreaterThan(0)
  expect(existsSync(file)).toBe(false)
})

it("leaves the lock to one that does not end", async () => {
  const file = lock("base", { pid: await running("pulumi"), hostname: hostname() })
  await awaitOrphanedEngines(state, { signal: AbortSignal.timeout(10_000), onWaiting: () => undefined, patience: 0 })
  expect(existsSync(file)).toBe(true)
})

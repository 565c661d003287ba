import { execFileSync } from "node:child_process"
import { readdir, rm } from "node:fs/promises"
import { hostname } from "node:os"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { readIfExists } from "@chatops/stacks/process"

/** A killed deploy's engine loses its provider and ends by itself; in milliseconds. */
const orphanPatience = 30_000
const orphanPause = 100

interface StackLock {
  readonly pid: number
  readonly hostname: string
}

/**
 * Waits for engines that a killed operation left behind. To be called by whoever holds the environment's operation
 * lock: nobody else may run one then. One that does not end keeps its lock, which the engine will name.
 */
export async function awaitOrphanedEngines(
  stateDirectory: string,
  { signal, onWaiting, patience = orphanPatience }: OrphanOptions,
): Promise<void> {
  const until = performance.now() + patience
  for (;;) {
    const held = await clearDeadLocks(stateDirectory)
    if (held === 0 || performance.now() > until) return
    onWaiting()
    await delay(orphanPause, undefined, { signal })
  }
}

export interface OrphanOptions {
  readonly signal: AbortSignal
  readonly onWaiting: () => void
  readonly patience?: number
}

/**
 * Removes locks that killed engines left in a file backend. One on another host, or whose process lives, stays.
 * Source: a lock of the file backend is a JSON file with pid and host name below `.pulumi/locks`. Returns how many
 * are held by engines that live here; one of another host nobody can wait for.
 */
export async function clearDeadLocks(stateDirectory: string): Promise<number> {
  const directory = join(stateDirectory, ".pulumi", "locks")
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => [])
  const files = entries
    .filter(entry => entry.isFile() && entry.name.endsWith(".json"))
    .map(entry => join(entry.parentPath, entry.name))
  const held = await Promise.all(files.map(isHeldHere))
  return held.filter(Boolean).length
}

async function isHeldHere(file: string): Promise<boolean> {
  const content = await readIfExists(file)
  // Somebody who released it just now needs no help.
  if (content === undefined) return false
  const lock = parse(content)
  if (lock && lock.hostname !== hostname()) return false
  if (lock && isEngine(lock.pid)) return true
  await rm(file, { force: true })
  return false
}

/** Nothing when an engine was killed while it wrote the lock: half a lock protects nothing. */
function parse(content: string): StackLock | undefined {
  try {
    return JSON.parse(content) as StackLock
  } catch {
    return undefined
  }
}

/** A living process of another name has only got a dead engine's pid, after a reboot most often. */
function isEngine(pid: number): boolean {
  const name = processName(pid)
  return isLiving(pid) && (name === undefined || name.includes("pulumi"))
}

function isLiving(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"
  }
}

function processName(pid: number): string | undefined {
  try {
    return (
      execFileSync("ps", ["-o", "comm=", "-p", String(pid)], { encoding: "utf8", stdio: "pipe" }).trim() || undefined
    )
  } catch {
    return undefined
  }
}

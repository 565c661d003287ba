import { execFileSync } from "node:child_process"
import { readdir, rm } from "node:fs/promises"
import { hostname } from "node:os"
import { join } from "node:path"
import { readIfExists } from "@chatops/stacks/process"

interface StackLock {
  readonly pid: number
  readonly hostname: string
}

/**
 * Removes locks that killed engines left in a file backend. One on another host, or whose process lives, stays.
 * Source: a lock of the file backend is a JSON file with pid and host name below `.pulumi/locks`.
 */
export async function clearDeadLocks(stateDirectory: string): Promise<number> {
  const directory = join(stateDirectory, ".pulumi", "locks")
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => [])
  const files = entries
    .filter(entry => entry.isFile() && entry.name.endsWith(".json"))
    .map(entry => join(entry.parentPath, entry.name))
  const removed = await Promise.all(files.map(removeIfDead))
  return removed.filter(Boolean).length
}

async function removeIfDead(file: string): Promise<boolean> {
  const content = await readIfExists(file)
  // Somebody who released it just now needs no help.
  if (content === undefined) return false
  const lock = parse(content)
  if (lock && (lock.hostname !== hostname() || isEngine(lock.pid))) return false
  await rm(file, { force: true })
  return true
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

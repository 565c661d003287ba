import { readdir, readFile, rm } from "node:fs/promises"
import { hostname } from "node:os"
import { join } from "node:path"

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
  const files = entries.filter(entry => entry.isFile() && entry.name.endsWith(".json")).map(entry => join(entry.parentPath, entry.name))
  const removed = await Promise.all(files.map(removeIfDead))
  return removed.filter(Boolean).length
}

async function removeIfDead(file: string): Promise<boolean> {
  try {
    const lock = JSON.parse(await readFile(file, "utf8")) as StackLock
    if (lock.hostname !== hostname() || lives(lock.pid)) return false
  } catch {
    // Half written by an engine that was killed: it protects nothing.
  }
  await rm(file, { force: true })
  return true
}

function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"
  }
}

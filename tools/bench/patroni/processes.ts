import { readdirSync, readFileSync, readlinkSync } from "node:fs"
import { setTimeout as wait } from "node:timers/promises"

/**
 * Processes that work in `directory` or below. PostgreSQL's work in their data directory, whoever their parent is by
 * now; Patroni and what it starts work where it was started. Linux only.
 */
export function processesIn(directory: string): number[] {
  return readdirSync("/proc")
    .filter(name => /^\d+$/.test(name))
    .filter(pid => `${workingDirectory(pid)}/`.startsWith(`${directory}/`))
    .map(Number)
}

/** Reaches those as well that the first ones started while they were signalled. */
export function signalAllIn(directory: string, signal: NodeJS.Signals): void {
  const signalled = new Set<number>()
  for (;;) {
    const more = processesIn(directory).filter(pid => !signalled.has(pid))
    if (more.length === 0) return
    for (const pid of more) {
      signalled.add(pid)
      signalProcess(pid, signal)
    }
  }
}

export async function noneLeftIn(directory: string): Promise<void> {
  while (processesIn(directory).length > 0) await wait(10)
}

/** Main processes of PostgreSQL servers. */
export const postmastersIn = (directory: string): number[] =>
  processesIn(directory).filter(pid => Number(readIfThere(`/proc/${pid}/cwd/postmaster.pid`).split("\n")[0]) === pid)

/** Nothing happens when it ended before. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error
  }
}

/** Empty for one that has ended, and for what others may not see. */
function workingDirectory(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return ""
  }
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, "utf8")
  } catch {
    return ""
  }
}

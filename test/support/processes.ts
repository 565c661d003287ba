import { readdirSync, readFileSync } from "node:fs"
import { setTimeout as delay } from "node:timers/promises"

export interface ProcessInfo {
  readonly pid: number
  readonly parent: number
  readonly commandLine: string
}

/** By their names alone: who asks for types too is told nothing at all where a process ends meanwhile. */
export const processDirectories = (): string[] =>
  readdirSync("/proc")
    .filter(name => /^\d+$/.test(name))
    .map(name => `/proc/${name}`)

/** Living processes whose command line or working directory names this text, such as an app's state directory. */
export function processesNaming(what: string): ProcessInfo[] {
  return processDirectories().flatMap(directory => {
    try {
      const commandLine = readFileSync(`${directory}/cmdline`, "utf8").replaceAll("\0", " ").trim()
      const environment = readFileSync(`${directory}/environ`, "utf8")
      if (!commandLine.includes(what) && !environment.includes(`CHATOPS_SETTINGS=${what}`)) return []
      const status = readFileSync(`${directory}/status`, "utf8")
      if (/^State:\s+Z/m.test(status)) return []
      return [
        {
          pid: Number(directory.slice("/proc/".length)),
          parent: Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]),
          commandLine,
        },
      ]
    } catch {
      return []
    }
  })
}

/** Kills them; one that ended by itself meanwhile is as good. */
export function killAll(pids: readonly number[], signal: NodeJS.Signals = "SIGKILL"): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error
    }
  }
}

/**
 * Ends every process that names this text, and resolves when they are gone. Nobody is left to start anything again, and
 * PostgreSQL is told, for one that is killed leaves its shared memory behind.
 */
export async function endAll(what: string): Promise<void> {
  const all = () => processesNaming(what).filter(({ pid }) => pid !== process.pid)
  const isPostgres = ({ commandLine }: ProcessInfo) => commandLine.includes("postgres -D")
  const pids = (some: readonly ProcessInfo[]) => some.map(({ pid }) => pid)
  const until = performance.now() + 10_000
  for (let left = all(); left.length > 0; left = all()) {
    const late = performance.now() > until
    const [databases, others] = [left.filter(isPostgres), left.filter(one => !isPostgres(one))]
    killAll(pids(late ? left : others))
    if (others.length === 0) killAll(pids(databases), "SIGQUIT")
    await delay(20)
  }
}

/** A process and everything below it. */
export function processTree(pid: number, among: readonly ProcessInfo[]): number[] {
  const children = among.filter(({ parent }) => parent === pid)
  return [pid, ...children.flatMap(child => processTree(child.pid, among))]
}

import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"

/**
 * A process that cannot be mistaken for a later one with the same pid.
 * `started` is opaque: clock ticks since boot and the boot's id on Linux, the start time on macOS.
 */
export interface ProcessIdentity {
  readonly pid: number
  readonly started: string
}

/** Identity of a living process, or nothing when no such process lives (a zombie does not). */
export function identify(pid: number): ProcessIdentity | undefined {
  const started = process.platform === "linux" ? startedOnLinux(pid) : startedElsewhere(pid)
  return started === undefined ? undefined : { pid, started }
}

export function isAlive(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.started === identity.started
}

/** Sends a signal if, and only if, the very same process still lives. */
export function signal(identity: ProcessIdentity, name: NodeJS.Signals): boolean {
  if (!isAlive(identity)) return false
  try {
    return process.kill(identity.pid, name)
  } catch {
    return false
  }
}

function startedOnLinux(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8")
    // The second field, the command, may hold spaces and parentheses; what follows its last ")" may not.
    const [state, ...fields] = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
    const startTime = fields[18]
    return state === "Z" || startTime === undefined ? undefined : `${bootId()}:${startTime}`
  } catch {
    return undefined
  }
}

let cachedBootId: string | undefined

function bootId(): string {
  cachedBootId ??= readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim().slice(0, 8)
  return cachedBootId
}

function startedElsewhere(pid: number): string | undefined {
  try {
    const [state, ...started] = execFileSync("ps", ["-o", "stat=,lstart=", "-p", String(pid)], { encoding: "utf8" })
      .trim()
      .split(/\s+/)
    return state === undefined || state.startsWith("Z") ? undefined : started.join(" ")
  } catch {
    return undefined
  }
}

/** What a living process was started as; empty when that cannot be seen. */
export function commandLine(pid: number): string {
  try {
    if (process.platform === "linux") return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim()
    return execFileSync("ps", ["-o", "args=", "-p", String(pid)], { encoding: "utf8" }).trim()
  } catch {
    return ""
  }
}

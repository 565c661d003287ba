import { execFileSync } from "node:child_process"
import { readdirSync, readFileSync } from "node:fs"

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

export interface ListedProcess extends ProcessIdentity {
  /** Pid of its parent. */
  readonly parent: number
}

/** All living processes, in no order. */
export function listProcesses(): ListedProcess[] {
  if (process.platform !== "linux") return listElsewhere()
  return readdirSync("/proc").flatMap(name => (/^\d+$/.test(name) ? (listedOnLinux(Number(name)) ?? []) : []))
}

const startedOnLinux = (pid: number): string | undefined => listedOnLinux(pid)?.started

function listedOnLinux(pid: number): ListedProcess | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8")
    // The second field, the command, may hold spaces and parentheses; what follows its last ")" may not.
    const [state, parent, ...fields] = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
    const startTime = fields[17]
    if (state === "Z" || startTime === undefined) return undefined
    return { pid, parent: Number(parent), started: `${bootId()}:${startTime}` }
  } catch {
    return undefined
  }
}

function listElsewhere(): ListedProcess[] {
  const lines = execFileSync("ps", ["-axo", "pid=,ppid=,stat=,lstart="], { encoding: "utf8" }).trim().split("\n")
  return lines.flatMap(line => {
    const [pid, parent, state, ...started] = line.trim().split(/\s+/)
    return state?.startsWith("Z") ? [] : [{ pid: Number(pid), parent: Number(parent), started: started.join(" ") }]
  })
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

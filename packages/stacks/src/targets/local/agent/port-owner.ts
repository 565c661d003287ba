import { readdirSync, readFileSync, readlinkSync } from "node:fs"
import { commandLine } from "../../../process/process-identity.ts"

const longestCommand = 80

export interface PortOwner {
  readonly pid: number
  readonly command: string
}

/** Adds to a message about a taken port whose it is, where this user may see that. */
export function explainPort(message: string): string {
  const port = Number(/:(\d+)\b(?!.*:\d)/.exec(message)?.[1])
  const owner = Number.isNaN(port) ? undefined : portOwner(port)
  return owner ? `${message} (port ${port} is held by pid ${owner.pid}, ${owner.command})` : message
}

/** The process that listens on a TCP port. Linux only; others' processes are seen by root alone. */
export function portOwner(port: number): PortOwner | undefined {
  const sockets = listeningSockets(port)
  if (sockets.size === 0) return undefined
  for (const entry of directory("/proc")) {
    if (!/^\d+$/.test(entry)) continue
    const holds = directory(`/proc/${entry}/fd`).some(fd => sockets.has(link(`/proc/${entry}/fd/${fd}`)))
    if (holds) return { pid: Number(entry), command: commandLine(Number(entry)).slice(0, longestCommand) }
  }
  return undefined
}

/** As links of file descriptors name them: `socket:[12345]`. */
function listeningSockets(port: number): Set<string> {
  const wanted = port.toString(16).toUpperCase().padStart(4, "0")
  const listening = "0A"
  const rows = ["/proc/net/tcp", "/proc/net/tcp6"].flatMap(file => text(file).split("\n").slice(1))
  const inodes = rows.flatMap(row => {
    const [, local = "", , state, , , , , , inode] = row.trim().split(/\s+/)
    return local.endsWith(`:${wanted}`) && state === listening ? [`socket:[${inode}]`] : []
  })
  return new Set(inodes)
}

const directory = (path: string): string[] => orElse(() => readdirSync(path), [])
const link = (path: string): string => orElse(() => readlinkSync(path), "")
const text = (path: string): string => orElse(() => readFileSync(path, "utf8"), "")

function orElse<Value>(read: () => Value, otherwise: Value): Value {
  try {
    return read()
  } catch {
    return otherwise
  }
}

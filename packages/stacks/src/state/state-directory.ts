import { createHash } from "node:crypto"
import { chmodSync, mkdirSync, realpathSync, statSync } from "node:fs"
import { homedir, tmpdir } from "node:os"
import { dirname, join, resolve } from "node:path"

/** Where one environment of one app keeps what must survive: journals, engine state, secrets, data. */
export interface EnvironmentDirectories {
  /** Survives a reboot. */
  readonly state: string
  /** For sockets: short, because a Unix socket's path has at most 107 bytes; gone after a reboot. */
  readonly run: string
  /** Tools shared by all apps: PostgreSQL, the Pulumi CLI. */
  readonly cache: string
}

/**
 * Two checkouts of the same app are two apps here: the directory's real path is part of the name.
 * As root everything is below /var/lib, where the database's own user can go.
 */
export function environmentDirectories(app: string, appDirectory: string, environment: string): EnvironmentDirectories {
  const state = join(stateRoot(), `${app}-${fingerprint(realpathSync(appDirectory), 8)}`, environment)
  // Sockets belong to one state directory: an app that was renamed must not find the old one's supervisors.
  return { state, run: join(runRoot(), fingerprint(state, 10)), cache: cacheDirectory() }
}

export function cacheDirectory(): string {
  if (process.env["CHATOPS_CACHE"]) return process.env["CHATOPS_CACHE"]
  return join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "chatops")
}

export const isRoot = (): boolean => process.getuid?.() === 0

/** Root of everything that survives; `CHATOPS_STATE` moves it, for tests and for disks of one's own. */
export function stateRoot(): string {
  if (process.env["CHATOPS_STATE"]) return resolve(process.env["CHATOPS_STATE"])
  if (isRoot()) return "/var/lib/chatops"
  return join(process.env["XDG_STATE_HOME"] || join(homedir(), ".local", "state"), "chatops")
}

/**
 * Makes a directory below the state root. Others may pass through to what is in it, as the database's user must, but
 * see nothing here; whatever the caller's umask says.
 */
export function makePassable(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o711 })
  const root = stateRoot()
  for (let path = directory; ; path = dirname(path)) {
    // Only ever adds: the root may be a directory that others use too.
    chmodSync(path, (statSync(path).mode & 0o7777) | 0o011)
    if (path === root || path === dirname(path)) return
  }
}

/** What is left of 107 bytes for a run root, beside the longest name below it. */
const longestRunRoot = 107 - "/0123456789/r-a-region-of-21-letters.pg/.s.PGSQL.65535.lock".length

function runRoot(): string {
  if (isRoot()) return "/run/chatops"
  const own = `chatops-${process.getuid?.()}`
  const runtime = process.env["XDG_RUNTIME_DIR"]
  // macOS gives a temporary directory that is itself too long for sockets.
  const places = [...(runtime ? [join(runtime, "chatops")] : []), join(tmpdir(), own)]
  return places.find(place => Buffer.byteLength(place) <= longestRunRoot) ?? join("/tmp", own)
}

const fingerprint = (text: string, length: number): string =>
  createHash("sha256").update(text).digest("hex").slice(0, length)

import { chmodSync, mkdirSync, realpathSync, statSync } from "node:fs"
import { homedir } from "node:os"
import { dirname, join, resolve } from "node:path"
import { fingerprint } from "./fingerprint.ts"
import { refuseForeignRun, runDirectory } from "./run-directory.ts"

/** Where one environment of one app keeps what must survive: journals, engine state, secrets, data. */
export interface EnvironmentDirectories {
  /** Survives a reboot. */
  readonly state: string
  /** For sockets, whose paths must be short. */
  readonly run: string
  /** What all apps share: PostgreSQL, the Pulumi CLI, the programs that supervisors run. */
  readonly cache: string
}

/**
 * Two checkouts of the same app are two apps here: the directory's real path is part of the name.
 * As root everything is below /var/lib, where the database's own user can go. Throws NO_PERMISSION when somebody else
 * holds the place of the sockets: whoever listens there must not be taken for a supervisor.
 */
export function environmentDirectories(app: string, appDirectory: string, environment: string): EnvironmentDirectories {
  const state = join(stateRoot(), `${app}-${fingerprint(realpathSync(appDirectory), 8)}`, environment)
  const run = runDirectory(state)
  refuseForeignRun(run)
  return { state, run, cache: cacheDirectory() }
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

import { createHash } from "node:crypto"
import { realpathSync } from "node:fs"
import { homedir, tmpdir } from "node:os"
import { join } from "node:path"

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
  const identity = createHash("sha256").update(realpathSync(appDirectory)).digest("hex").slice(0, 8)
  const socketIdentity = createHash("sha256").update(`${identity}/${environment}`).digest("hex").slice(0, 10)
  return {
    state: join(stateRoot(), `${app}-${identity}`, environment),
    run: join(runRoot(), socketIdentity),
    cache: cacheDirectory(),
  }
}

export function cacheDirectory(): string {
  if (process.env["CHATOPS_CACHE"]) return process.env["CHATOPS_CACHE"]
  return join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "chatops")
}

export const isRoot = (): boolean => process.getuid?.() === 0

/** Root of everything that survives; `CHATOPS_STATE` moves it, for tests and for disks of one's own. */
export function stateRoot(): string {
  if (process.env["CHATOPS_STATE"]) return process.env["CHATOPS_STATE"]
  if (isRoot()) return "/var/lib/chatops"
  return join(process.env["XDG_STATE_HOME"] ?? join(homedir(), ".local", "state"), "chatops")
}

function runRoot(): string {
  if (isRoot()) return "/run/chatops"
  const runtime = process.env["XDG_RUNTIME_DIR"]
  // macOS gives a temporary directory that is itself too long for sockets.
  return runtime ? join(runtime, "chatops") : join(process.platform === "darwin" ? "/tmp" : tmpdir(), `chatops-${process.getuid?.()}`)
}

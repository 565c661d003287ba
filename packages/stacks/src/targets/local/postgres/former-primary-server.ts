import { chownSync, mkdirSync } from "node:fs"
import { rm } from "node:fs/promises"
import { join } from "node:path"
import type pg from "pg"
import { cacheDirectory } from "../../../state/state-directory.ts"
import { untilTrue } from "../agent/until.ts"
import { withConnection } from "./connection.ts"
import type { DataDirectory } from "./data-directory.ts"
import { installPostgres, postgresUser } from "./installation.ts"
import { quoteSetting } from "./server-configuration.ts"
import { serverProcess } from "./server-process.ts"
import { clearStalePostmaster } from "./stale-postmaster.ts"
import { startFailure } from "./start-failure.ts"

export interface FormerPrimaryServer {
  readonly socketDirectory: string
  /** Password of the superuser. */
  readonly passwordFile: string
  readonly logFile: string
  readonly onSpawned: (pid: number, started: string) => void
}

export type Query = <Result>(database: string, work: (client: pg.Client) => Promise<Result>) => Promise<Result>

/** Only names the socket: nobody listens on it. */
const port = 5432

/**
 * Starts a former primary's directory as a server of its own, which recovers what its own WAL holds, follows nobody, waits
 * for nobody and lets nobody in but the superuser through a socket in a directory of its own; stops it after the work.
 * Throws DATABASE_START, and what the work throws.
 */
export async function withFormerPrimary<Result>(
  data: DataDirectory,
  server: FormerPrimaryServer,
  work: (query: Query) => Promise<Result>,
  signal: AbortSignal,
): Promise<Result> {
  const { socketDirectory, logFile, onSpawned, passwordFile } = server
  makeSocketDirectory(socketDirectory)
  await isolate(data, socketDirectory)
  await clearStalePostmaster(data, socketDirectory)
  const { promise: ended, reject } = Promise.withResolvers<never>()
  // Nobody may be waiting for it at that moment.
  ended.catch(() => undefined)
  const process = serverProcess({
    name: "former-primary",
    installation: await installPostgres(cacheDirectory()),
    data,
    logFile,
    onChange: () => undefined,
    onEnded: () => void startFailure(logFile, port).then(reject, reject),
    onSpawned,
  })
  const stop = () => void process.stop()
  signal.addEventListener("abort", stop, { once: true })
  try {
    signal.throwIfAborted()
    process.start()
    await Promise.race([untilTrue(process, () => process.state.ready, signal), ended])
    const login = { socketDirectory, port, user: "superuser", passwordFile } as const
    const query: Query = (database, ask) => withConnection({ ...login, database }, ask)
    return await Promise.race([work(query), ended])
  } finally {
    signal.removeEventListener("abort", stop)
    await process.stop()
  }
}

function makeSocketDirectory(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const user = postgresUser()
  if (user) chownSync(directory, user.uid, user.gid)
}

/** Nothing that it was configured to be is left: it would follow the new primary, or wait for somebody. */
async function isolate(data: DataDirectory, socketDirectory: string): Promise<void> {
  const settings: Record<string, string> = {
    port: String(port),
    listen_addresses: "",
    unix_socket_directories: socketDirectory,
    unix_socket_permissions: "0700",
    // Beside a region at work: it is read once, by one.
    shared_buffers: "16MB",
    max_connections: "10",
    max_wal_senders: "0",
    // As many as it may have kept: with fewer it does not start.
    max_replication_slots: "12",
    autovacuum: "off",
    log_destination: "stderr",
    log_line_prefix: "%m [%p] ",
    log_timezone: "UTC",
    timezone: "UTC",
    lc_messages: "C",
  }
  const lines = Object.entries(settings).map(([key, value]) => `${key} = ${quoteSetting(value)}\n`)
  await rm(join(data.path, "standby.signal"), { force: true })
  await rm(join(data.path, "recovery.signal"), { force: true })
  await data.write("postgresql.conf", lines.join(""))
  await data.write("postgresql.auto.conf", "")
  await data.write("pg_hba.conf", "local all superuser scram-sha-256\n")
}

import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { SupervisedProcess } from "../agent/supervised-process.ts"
import { untilTrue } from "../agent/until.ts"
import type { DataDirectory } from "./data-directory.ts"
import { type PostgresInstallation, postgresUser } from "./installation.ts"

interface ServerProcessOptions {
  readonly name?: string
  readonly installation: PostgresInstallation
  readonly data: DataDirectory
  readonly logFile: string
  readonly onChange: () => void
  readonly onEnded: (wasReady: boolean) => void
  readonly onSpawned: (pid: number, started: string) => void
}

/** PostgreSQL on this directory, not started yet. When it ends unasked, it is not started again by itself. */
export function serverProcess(options: ServerProcessOptions): SupervisedProcess {
  const { name = "database", installation, data, logFile, onChange, onEnded, onSpawned } = options
  const user = postgresUser()
  let wasReady = false
  const server: SupervisedProcess = new SupervisedProcess({
    name,
    command: installation.postgres,
    args: ["-D", data.path],
    environment: { LD_LIBRARY_PATH: installation.libraries, PATH: "/usr/bin:/bin", LC_ALL: "C" },
    logFile,
    // Fast shutdown: sessions end, everything committed is flushed and sent to standbys.
    stopSignal: "SIGINT",
    stopDeadline: 30_000,
    onEnd: () => onEnded(wasReady),
    ...(user && { user }),
    awaitReady: signal => accepting(data, () => server.identity?.pid, signal),
  })
  server.on("change", () => {
    wasReady ||= server.state.ready
    onChange()
  })
  server.on("spawned", ({ pid, started }) => onSpawned(pid, started))
  return server
}

/** The postmaster writes its status into its pid file; asking by connecting would fill its log with refusals. */
async function accepting(data: DataDirectory, pid: () => number | undefined, signal: AbortSignal): Promise<void> {
  const pidFile = join(data.path, "postmaster.pid")
  await untilTrue(
    undefined,
    async () => {
      const lines = (await readFile(pidFile, "utf8").catch(() => "")).split("\n")
      return lines[0] === String(pid()) && lines[7]?.trim() === "ready"
    },
    signal,
  )
}

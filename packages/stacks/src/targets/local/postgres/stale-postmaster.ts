import { readdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { readIfExists } from "../../../process/durable-file.ts"
import { commandLine, identify } from "../../../process/process-identity.ts"
import { endChild } from "../agent/leftovers.ts"
import type { DataDirectory } from "./data-directory.ts"

/**
 * Clears what an earlier postmaster left, so that the next one starts. Its pid file counts for PostgreSQL as long as
 * any process has that pid: after a reboot a stranger, in a container without an init a zombie. Only its first line
 * is changed, to this process's pid, which a postmaster knows to be its parent: the rest of the file is how it finds
 * out whether sessions of the earlier one still use the data.
 */
export async function clearStalePostmaster(data: DataDirectory, socketDirectory: string): Promise<void> {
  const content = await readIfExists(join(data.path, "postmaster.pid"))
  const [pid, ...rest] = (content ?? "").split("\n")
  const postmaster = pid && commandLine(Number(pid)).includes(data.path) ? identify(Number(pid)) : undefined
  // Whoever holds the agent's lock owns the directory, so this one is an orphan that nobody remembered.
  if (postmaster) await endChild("database", postmaster)
  if ((await readIfExists(join(data.path, "postmaster.pid"))) !== undefined) {
    await data.write("postmaster.pid", [process.pid, ...rest].join("\n"))
  }
  for (const entry of readdirSync(socketDirectory)) {
    if (entry.startsWith(".s.PGSQL.")) rmSync(join(socketDirectory, entry), { force: true })
  }
}

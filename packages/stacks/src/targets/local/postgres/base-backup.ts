import { createWriteStream } from "node:fs"
import { chown, mkdir, symlink } from "node:fs/promises"
import { dirname, join, normalize } from "node:path"
import type { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import tar from "tar-stream"
import { ChatopsError } from "../../../errors/chatops-error.ts"
import { systemError } from "../../../errors/system-error.ts"
import { type BackupProgress, BaseBackupQuery } from "./base-backup-query.ts"
import type { DataDirectory } from "./data-directory.ts"
import { postgresUser } from "./installation.ts"
import { type ReplicationLogin, renewSlot, replicationClient } from "./replication-slot.ts"

export interface BackupSource extends ReplicationLogin {
  /** Physical slot that keeps the primary's WAL for this standby; made anew by every copy. */
  readonly slot: string
}

/**
 * Copies a running primary over the replication protocol (what `pg_basebackup` does; the bundled PostgreSQL has none),
 * so that it works over any link. Nothing is adopted here: an interrupted copy leaves a directory nobody looks at.
 */
export async function copyPrimary(
  source: BackupSource,
  target: DataDirectory,
  signal: AbortSignal,
  onProgress?: BackupProgress,
): Promise<void> {
  const client = replicationClient(source)
  const stop = () => void client.end().catch(() => undefined)
  signal.addEventListener("abort", stop, { once: true })
  try {
    signal.throwIfAborted()
    await client.connect()
    await renewSlot(client, source.slot, signal)
    const backup = client.query(
      new BaseBackupQuery(
        "BASE_BACKUP (LABEL 'chatops', PROGRESS true, CHECKPOINT 'fast', WAL true, MANIFEST 'no')",
        onProgress,
      ),
    )
    await Promise.all([backup.finished, unpack(backup.archive, target.path)])
  } catch (error) {
    const cause = systemError(error as Error)
    if (cause instanceof ChatopsError) throw cause
    throw new ChatopsError("DATABASE_COPY", `copying the primary's data failed: ${cause.message}`, { cause })
  } finally {
    signal.removeEventListener("abort", stop)
    await client.end().catch(() => undefined)
  }
}

type Entry = tar.Extract extends AsyncIterable<infer Each> ? Each : never

async function unpack(archive: Readable, root: string): Promise<void> {
  const extract = tar.extract()
  const write = async () => {
    for await (const entry of extract) await writeEntry(entry, root)
  }
  // Together: a broken copy fails both, and a failure nobody waits for would end the supervisor.
  await Promise.all([pipeline(archive, extract), write()])
}

async function writeEntry(entry: Entry, root: string): Promise<void> {
  const user = postgresUser()
  const own = async (path: string) => user && chown(path, user.uid, user.gid)
  const { name, type, linkname, mode } = entry.header
  const path = join(root, normalize(`/${name}`))
  if (type === "directory") {
    await mkdir(path, { recursive: true, mode: 0o700 })
    await own(path)
    entry.resume()
  } else if (type === "symlink") {
    await symlink(linkname ?? "", path)
    entry.resume()
  } else {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    await pipeline(entry, createWriteStream(path, { mode: mode ?? 0o600 }))
    await own(path)
  }
}

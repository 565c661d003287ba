import { createWriteStream } from "node:fs"
import { chown, mkdir, symlink } from "node:fs/promises"
import { dirname, join, normalize } from "node:path"
import type { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import pg from "pg"
import tar from "tar-stream"
import { ChatopsError } from "../../../errors/chatops-error.ts"
import { BaseBackupQuery } from "./base-backup-query.ts"
import type { DataDirectory } from "./data-directory.ts"
import { postgresUser } from "./installation.ts"

export interface BackupSource {
  readonly host: string
  readonly port: number
  readonly password: string
  /** Physical slot that keeps the primary's WAL for this standby; made when it does not exist. */
  readonly slot: string
}

/**
 * Copies a running primary over the replication protocol (what `pg_basebackup` does; the bundled PostgreSQL has none),
 * so that it works over any link. Nothing is adopted here: an interrupted copy leaves a directory nobody looks at.
 */
export async function copyPrimary(source: BackupSource, target: DataDirectory, signal: AbortSignal): Promise<void> {
  const client = new pg.Client({
    host: source.host,
    port: source.port,
    user: "replicator",
    password: source.password,
    connectionTimeoutMillis: 3_000,
    keepAlive: true,
    ...({ replication: "true" } as object),
  })
  client.on("error", () => undefined)
  const stop = () => void client.end().catch(() => undefined)
  signal.addEventListener("abort", stop, { once: true })
  try {
    await client.connect()
    await createSlot(client, source.slot)
    const backup = client.query(new BaseBackupQuery("BASE_BACKUP (LABEL 'chatops', CHECKPOINT 'fast', WAL true, MANIFEST 'no')"))
    await Promise.all([backup.finished, unpack(backup.archive, target.path)])
  } catch (cause) {
    throw new ChatopsError("DATABASE_COPY", `copying the primary's data failed: ${(cause as Error).message}`, { cause })
  } finally {
    signal.removeEventListener("abort", stop)
    await client.end().catch(() => undefined)
  }
}

async function createSlot(client: pg.Client, slot: string): Promise<void> {
  try {
    await client.query(`CREATE_REPLICATION_SLOT ${slot} PHYSICAL (RESERVE_WAL true)`)
  } catch (error) {
    const duplicate = "42710"
    if ((error as { code?: string }).code !== duplicate) throw error
  }
}

async function unpack(archive: Readable, root: string): Promise<void> {
  const user = postgresUser()
  const own = async (path: string) => user && chown(path, user.uid, user.gid)
  const extract = tar.extract()
  const writing = pipeline(archive, extract)
  for await (const entry of extract) {
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
  await writing
}

import { execFile } from "node:child_process"
import { randomBytes } from "node:crypto"
import { existsSync } from "node:fs"
import { chmod, chown, mkdir, readdir, readFile, readlink, rename, rm, symlink, writeFile } from "node:fs/promises"
import { basename, join } from "node:path"
import { promisify } from "node:util"
import { ChatopsError } from "../../../errors/chatops-error.ts"
import { readIfExists, syncDirectory, writeDurably } from "../../../process/durable-file.ts"
import { FormerPrimaries } from "./former-primaries.ts"
import { type PostgresInstallation, postgresUser } from "./installation.ts"
import { tellsFullDisk } from "./start-failure.ts"

const formerPrimary = "former primary\n"

/**
 * Data directories of one region. Each has an *incarnation*, its name, made new by every rebuild (rule 9); `current`
 * is a link, so that a half-made one is never taken for data.
 */
export class DataDirectories {
  readonly root: string
  readonly former: FormerPrimaries

  constructor(root: string) {
    this.root = root
    this.former = new FormerPrimaries(root)
  }

  /** Throws DATABASE_VERSION when another major version wrote it. */
  async current(major: string): Promise<DataDirectory | undefined> {
    const directory = await this.adopted()
    if (directory === undefined) return undefined
    const { path } = directory
    const written = (await readIfExists(join(path, "PG_VERSION")))?.trim()
    if (written === undefined) return undefined
    if (written !== major) {
      throw new ChatopsError(
        "DATABASE_VERSION",
        `${path} was written by PostgreSQL ${written}; this chatops brings ${major}`,
        {
          details: { directory: path, found: written, expected: major },
        },
      )
    }
    return directory
  }

  /** Whatever wrote it. */
  async adopted(): Promise<DataDirectory | undefined> {
    const incarnation = await this.#adopted()
    return incarnation === undefined ? undefined : new DataDirectory(join(this.root, incarnation))
  }

  /** Makes an empty directory with a new incarnation. */
  async prepare(): Promise<DataDirectory> {
    const user = postgresUser()
    await mkdir(this.root, { recursive: true, mode: 0o711 })
    await this.tidy()
    const path = join(this.root, `i${randomBytes(5).toString("hex")}`)
    await mkdir(path, { mode: 0o700 })
    if (user) await chown(path, user.uid, user.gid)
    return new DataDirectory(path)
  }

  /** Removes what interrupted attempts and earlier data left, but no former primary's directory. */
  async tidy(): Promise<void> {
    const kept = new Set(["current", await this.#adopted(), ...(await this.former.names())])
    for (const entry of await readdir(this.root)) {
      if (!kept.has(entry)) await rm(join(this.root, entry), { recursive: true, force: true })
    }
  }

  /** From here on this one is the region's data. */
  async adopt(directory: DataDirectory): Promise<void> {
    const draft = join(this.root, ".current")
    await rm(draft, { force: true })
    await symlink(basename(directory.path), draft)
    await rename(draft, join(this.root, "current"))
    await syncDirectory(this.root)
  }

  /** Only a link that is not there means that there is no data: one that cannot be read may well name some. */
  async #adopted(): Promise<string | undefined> {
    try {
      return await readlink(join(this.root, "current"))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined
      throw error
    }
  }
}

const ledFile = "chatops.led"

export interface Led {
  readonly epoch: number
  /** When it was first about to let runtimes in, ISO 8601; null: a version before did not note it. */
  readonly since: string | null
}

/** One PGDATA. */
export class DataDirectory {
  readonly path: string

  constructor(path: string) {
    this.path = path
  }

  get incarnation(): string {
    return basename(this.path)
  }

  get isStandby(): boolean {
    return existsSync(join(this.path, "standby.signal"))
  }

  /** Whether it was a primary's, though it may follow another since. PostgreSQL ignores what the signal file says. */
  async wasPrimary(): Promise<boolean> {
    const signal = await readIfExists(join(this.path, "standby.signal"))
    return signal === undefined || signal === formerPrimary
  }

  /** From here on it follows. What it was is remembered in the file that a promotion removes. */
  async becomeStandby(): Promise<void> {
    await this.write("standby.signal", (await this.wasPrimary()) ? formerPrimary : "")
  }

  /** Whoever leads the same epoch again has led it since the first time. */
  async noteLed(epoch: number): Promise<void> {
    if ((await this.led().catch(() => null))?.epoch === epoch) return
    const file = join(this.path, ledFile)
    await writeDurably(file, JSON.stringify({ incarnation: this.incarnation, epoch, since: new Date().toISOString() }))
    // A copy of the directory is made of what PostgreSQL's user can read.
    const user = postgresUser()
    if (user) await chown(file, user.uid, user.gid)
  }

  /** The last epoch that it led. A copy has this file, too, and does not take it for its own. Throws when it is torn. */
  async led(): Promise<Led | null> {
    const text = await readIfExists(join(this.path, ledFile))
    if (text === undefined) return null
    const {
      incarnation,
      epoch,
      since = null,
    } = JSON.parse(text) as Partial<Led> & { incarnation: string; epoch: number }
    return incarnation === this.incarnation ? { epoch, since } : null
  }

  /** Writes a file that the database's user owns. */
  async write(name: string, content: string): Promise<void> {
    const file = join(this.path, name)
    await writeFile(file, content, { mode: 0o600 })
    await chmod(file, 0o600)
    const user = postgresUser()
    if (user) await chown(file, user.uid, user.gid)
  }

  /** Creates the cluster; the superuser's password is read from a file, never passed as an argument. */
  async initialise(installation: PostgresInstallation, passwordFile: string): Promise<void> {
    const copy = `${this.path}.password`
    await writeFile(copy, await readFile(passwordFile), { mode: 0o600 })
    const user = postgresUser()
    if (user) await chown(copy, user.uid, user.gid)
    const options = [
      "-U",
      "superuser",
      "--pwfile",
      copy,
      "-A",
      "scram-sha-256",
      "-E",
      "UTF8",
      "--locale=C.UTF-8",
      "--no-instructions",
      // A promotion writes and flushes one whole segment for its new timeline: 0.1 to 0.25 s of the usual 16 MB.
      "--wal-segsize=1",
    ]
    try {
      await this.#initdb(installation, [...options, "--data-checksums"])
    } finally {
      await rm(copy, { force: true })
    }
  }

  /** Puts everything in it on disk, by one call for the whole file system instead of one for each file. */
  async sync(installation: PostgresInstallation): Promise<void> {
    const method = process.platform === "linux" ? ["--sync-method=syncfs"] : []
    await this.#initdb(installation, ["--sync-only", ...method])
  }

  async #initdb(installation: PostgresInstallation, options: readonly string[]): Promise<void> {
    try {
      await promisify(execFile)(installation.initdb, ["-D", this.path, ...options], {
        env: { LD_LIBRARY_PATH: installation.libraries, PATH: "/usr/bin:/bin", LC_ALL: "C" },
        cwd: this.path,
        ...postgresUser(),
      })
    } catch (error) {
      const { code: system, stderr, message } = error as Error & { code?: string | number; stderr?: string }
      if (system === "EACCES") throw unreachable(installation.initdb, this.path, error)
      const code = tellsFullDisk(stderr ?? "") ? "DISK_FULL" : "DATABASE_INIT"
      throw new ChatopsError(code, `initdb failed: ${stderr?.trim() || message}`, { cause: error })
    }
  }
}

/** Root runs PostgreSQL as another user, who has to pass every directory on the way. */
function unreachable(program: string, directory: string, cause: unknown): ChatopsError {
  const user = postgresUser()
  const who = user ? `the user that PostgreSQL runs as (uid ${user.uid})` : "this user"
  return new ChatopsError(
    "NO_PERMISSION",
    `${who} cannot reach ${program} or ${directory}: a directory on the way is closed to others`,
    { cause },
  )
}

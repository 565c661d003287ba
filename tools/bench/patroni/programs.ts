import { execFileSync } from "node:child_process"
import { existsSync, globSync } from "node:fs"
import { dirname } from "node:path"

export interface Programs {
  readonly etcd: string
  readonly patroni: string
  /** Directory of PostgreSQL's programs: the newest that is installed. */
  readonly postgres: string
  /** `patroni 3.0.2-1, etcd-server 3.4.23-4+b4, …` */
  readonly versions: string
}

const [etcd, patroni] = ["/usr/bin/etcd", "/usr/bin/patroni"]

/** The programs where Debian's packages put them; or why they cannot be run, and what to do about it. */
export function findPrograms(): Programs | { readonly skipped: string } {
  const postgres = newestPostgres()
  const missing = [
    ...(existsSync(patroni) ? [] : ["patroni"]),
    ...(existsSync(etcd) ? [] : ["etcd-server"]),
    ...(postgres === undefined ? ["postgresql"] : []),
  ]
  if (postgres === undefined || missing.length > 0)
    return {
      skipped: `not installed: ${missing.join(", ")}; on Debian: apt-get install --no-install-recommends ${missing.join(" ")}`,
    }
  return { etcd, patroni, postgres, versions: versionsOf([patroni, etcd, `${postgres}/postgres`]) }
}

const newestPostgres = (): string | undefined =>
  globSync("/usr/lib/postgresql/*/bin/postgres")
    .map(program => dirname(program))
    .toSorted((a, b) => a.localeCompare(b, "en", { numeric: true }))
    .at(-1)

/** Of the packages that the files belong to. */
function versionsOf(files: readonly string[]): string {
  const packages = files.map(file => execFileSync("dpkg-query", ["--search", file], { encoding: "utf8" }).split(":")[0])
  return execFileSync("dpkg-query", ["--show", ...packages.map(String)], { encoding: "utf8" })
    .trim()
    .replaceAll("\t", " ")
    .replaceAll("\n", ", ")
}

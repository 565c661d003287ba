import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname } from "node:path"

const { resolve } = createRequire(import.meta.url)

/** What `tools/build.ts` writes beside the bundles of a package, last of all. */
interface BuildInfo {
  readonly version: string
  /** Fingerprints by program: of its code and of what it reads from beside it. */
  readonly programs: Readonly<Record<string, string>>
  /** Names below the bundles' directory, by program. */
  readonly files: Readonly<Record<string, readonly string[]>>
}

/** A program as it is installed, with the files that it needs. */
export interface InstalledProgram {
  readonly directory: string
  readonly fingerprint: string
  readonly files: readonly string[]
}

/** Version of the runtime with a fingerprint of its code: a part of the release's id. */
export const runtimeVersion = (): string => {
  const { version, programs } = read(runtimeBuild)
  return `${version}+${programs["replica"]}`
}

/** Changes exactly when the code of one of these programs does. */
export const programFingerprint = (names: readonly string[]): string =>
  Object.values(programFingerprints(names)).join(".")

/** Fingerprints by the programs' names. */
export function programFingerprints<Name extends string>(names: readonly Name[]): Record<Name, string> {
  const programs = { ...read(runtimeBuild).programs, ...read(stacksBuild).programs }
  return Object.fromEntries(names.map(name => [name, programs[name] ?? name])) as Record<Name, string>
}

/** Nothing when there is no such program, or none at the moment, because it is being built. */
export function installedProgram(name: string): InstalledProgram | undefined {
  for (const build of [runtimeBuild, stacksBuild]) {
    try {
      const { programs, files } = read(build)
      const [fingerprint, own] = [programs[name], files[name]]
      if (fingerprint !== undefined && own) return { directory: dirname(resolve(build)), fingerprint, files: own }
    } catch (error) {
      if (!["ENOENT", "MODULE_NOT_FOUND"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error
    }
  }
  return undefined
}

const runtimeBuild = "@chatops/runtime/bundle/build.json"
const stacksBuild = "@chatops/stacks/bundle/build.json"
const read = (file: string): BuildInfo => JSON.parse(readFileSync(resolve(file), "utf8")) as BuildInfo

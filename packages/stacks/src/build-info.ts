import { readFileSync } from "node:fs"
import { createRequire } from "node:module"

const { resolve } = createRequire(import.meta.url)

interface BuildInfo {
  readonly version: string
  readonly programs: Readonly<Record<string, string>>
}

/** Version of the runtime with a fingerprint of its code: a part of the release's id. */
export const runtimeVersion = (): string => {
  const { version, programs } = read("@chatops/runtime/bundle/build.json")
  return `${version}+${programs["replica"]}`
}

/** Changes exactly when the code of one of these programs does. */
export function programFingerprint(names: readonly string[]): string {
  const programs = {
    ...read("@chatops/runtime/bundle/build.json").programs,
    ...read("@chatops/stacks/bundle/build.json").programs,
  }
  return names.map(name => programs[name] ?? name).join(".")
}

const read = (file: string): BuildInfo => JSON.parse(readFileSync(resolve(file), "utf8")) as BuildInfo

import { execFile } from "node:child_process"
import { access, constants, mkdir, statfs } from "node:fs/promises"
import { promisify } from "node:util"
import { stateRoot } from "@chatops/stacks/state"
import { cachedBinary, findPulumi, type PulumiBinary } from "../engine/find-pulumi.ts"

const run = promisify(execFile)

/** What the checks ask of a machine. */
export interface Machine {
  /** `v24.21.0`. */
  readonly nodeVersion: string
  readonly stateRoot: string
  /** Where a Pulumi CLI is kept that was installed or built. */
  readonly pulumiCache: string
  /** What git prints, trimmed; undefined when it fails or is not there. */
  git(...args: readonly string[]): Promise<string | undefined>
  /** Looks only. */
  pulumi(): Promise<PulumiBinary | undefined>
  /** Throws PULUMI_MISSING. */
  installPulumi(progress: (text: string) => void): Promise<void>
  /** Throws POSTGRES_MISSING. */
  postgresVersion(): Promise<string>
  /** Throws what the file system says. */
  makeWritable(directory: string): Promise<void>
  freeBytes(directory: string): Promise<number>
}

export const thisMachine: Machine = {
  nodeVersion: process.version,
  get stateRoot() {
    return stateRoot()
  },
  get pulumiCache() {
    return cachedBinary()
  },
  git: (...args) =>
    run("git", [...args]).then(
      ({ stdout }) => stdout.trim(),
      () => undefined,
    ),
  pulumi: () => findPulumi({ lookOnly: true }).catch(() => undefined),
  installPulumi: async onProgress => void (await findPulumi({ onProgress })),
  postgresVersion: async () => (await import("@chatops/stacks")).findPostgres().version,
  makeWritable: async directory => {
    await mkdir(directory, { recursive: true, mode: 0o711 })
    await access(directory, constants.W_OK)
  },
  freeBytes: async directory => {
    const { bavail, bsize } = await statfs(directory)
    return bavail * bsize
  },
}

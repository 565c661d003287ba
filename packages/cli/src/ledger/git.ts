import { existsSync } from "node:fs"
import { ChatopsError } from "@chatops/stacks/errors"
import { gitEnvironment } from "./git-environment.ts"
import { unsafe } from "./simple-git-guards.ts"

/** What a git process came back with. A refusal is an answer here; only a git that cannot run is an error. */
export interface GitResult {
  readonly exitCode: number
  readonly stdout: string
  /** What stdout was decoded from: files may hold anything. */
  readonly bytes: Buffer
  /** Trimmed; in English, because git runs in the C locale. */
  readonly stderr: string
}

export interface GitOptions {
  readonly input?: string | Buffer
  /** Further settings, as `key=value`, for this process alone. */
  readonly config?: readonly string[]
  /** Without the names that the environment gives to authors. */
  readonly anonymous?: boolean
  /** Milliseconds without a sign of life after which the process is ended; its exit code is then not 0. */
  readonly patience?: number
}

/** Runs git in one directory. */
export type Git = (args: readonly string[], options?: GitOptions) => Promise<GitResult>

/**
 * git through simple-git, deaf to what would change its behaviour: repositories named by the environment of a
 * surrounding hook, hooks, signing, encodings, background maintenance.
 * @throws {ChatopsError} GIT_NOT_FOUND, LEDGER_NO_REPOSITORY when the directory does not exist
 */
export function gitIn(directory: string): Git {
  return async (args, { input, config = [], anonymous = false, patience } = {}) => {
    // Loaded on first use: commands that write no ledger do without.
    const { simpleGit } = await import("simple-git")
    const { variables, allowed } = gitEnvironment(process.env, anonymous)
    let result: Pick<GitResult, "exitCode"> & { stdOut: Buffer[]; stdErr: Buffer[] } = {
      exitCode: -1,
      stdOut: [],
      stdErr: [],
    }
    try {
      await simpleGit({
        baseDir: directory,
        config: [...settings, ...config],
        allowEnvironment: [...allowed],
        unsafe,
        // The default waits 50 ms for output after every exit.
        completion: { onClose: true, onExit: false },
        input: () => input,
        errors: (_, outcome) => {
          result = outcome
          return undefined
        },
        ...(patience === undefined ? {} : { timeout: { block: patience } }),
      })
        .env(variables)
        .raw([...args])
    } catch (cause) {
      if (existsSync(directory)) throw cause
      throw new ChatopsError("LEDGER_NO_REPOSITORY", `There is no directory ${directory}`, { cause })
    }
    if (result.exitCode === spawnFailed) throw new ChatopsError("GIT_NOT_FOUND", "git is not installed, or not on PATH")
    const bytes = Buffer.concat(result.stdOut)
    return {
      exitCode: result.exitCode,
      stdout: bytes.toString("utf8"),
      bytes,
      stderr: Buffer.concat(result.stdErr).toString("utf8").trim(),
    }
  }
}

/** What Node reports instead of an exit code when there is no such program. */
const spawnFailed = -2

const settings = [
  "core.hooksPath=/dev/null",
  "core.fsmonitor=false",
  "core.filesRefLockTimeout=1000",
  "commit.gpgSign=false",
  "gc.auto=0",
  "maintenance.auto=false",
  "i18n.commitEncoding=UTF-8",
  "i18n.logOutputEncoding=UTF-8",
]

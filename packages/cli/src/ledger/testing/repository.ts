import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, vi } from "vitest"

/** Runs git for a test and gives back what it printed. */
export function git(directory: string, ...args: readonly string[]): string {
  return execFileSync("git", ["-c", "core.hooksPath=/dev/null", ...args], {
    cwd: directory,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, GIT_DIR: undefined, GIT_INDEX_FILE: undefined },
  }).trim()
}

const made: string[] = []
afterAll(() => {
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true, force: true })
})

/** Gone when the test file has run. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "chatops-ledger-"))
  made.push(directory)
  return directory
}

/** A repository with one commit, whose git knows nothing of the machine's settings. */
export function repository(...init: readonly string[]): string {
  const directory = temporaryDirectory()
  git(directory, "init", "--quiet", "--initial-branch=main", ...init)
  writeFileSync(join(directory, "chatops.yaml"), "app: x\n")
  git(directory, "add", ".")
  commit(directory, "First")
  return directory
}

export function commit(directory: string, message: string) {
  git(
    directory,
    "-c",
    "user.name=T",
    "-c",
    "user.email=t@example.com",
    "commit",
    "--quiet",
    "--allow-empty",
    "-m",
    message,
  )
}

export function clone(remote: string): string {
  const directory = temporaryDirectory()
  git(directory, "clone", "--quiet", remote, ".")
  return directory
}

/** Settings for git as a user's `~/.gitconfig` would hold them; the machine's own are shut out. */
export function useGitConfig(text: string) {
  const file = join(temporaryDirectory(), "gitconfig")
  writeFileSync(file, text)
  vi.stubEnv("GIT_CONFIG_GLOBAL", file)
  vi.stubEnv("GIT_CONFIG_SYSTEM", "/dev/null")
}

import { chmodSync, mkdirSync, symlinkSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { onTestFinished, vi } from "vitest"
import { scratchDirectory } from "./scratch-directory.ts"

/**
 * A state root of the test's own, which the database's user can pass. PostgreSQL is installed once for all tests: a
 * copy takes a second and 60 MB.
 */
export function scratchState(): string {
  const root = scratchDirectory()
  useStateRoot(root)
  onTestFinished(() => void vi.unstubAllEnvs())
  return root
}

/** Keeps state here, until the environment's variables are no longer stubbed. */
export function useStateRoot(root: string): void {
  const cache = join(tmpdir(), `chatops-stacks-test-cache-${process.getuid?.()}`)
  mkdirSync(cache, { recursive: true, mode: 0o755 })
  chmodSync(root, 0o711)
  symlinkSync(cache, join(root, "cache"))
  vi.stubEnv("CHATOPS_STATE", root)
  vi.stubEnv("CHATOPS_CACHE", cache)
}

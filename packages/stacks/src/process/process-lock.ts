import { randomUUID } from "node:crypto"
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"
import { identify, isAlive, type ProcessIdentity } from "./process-identity.ts"

export interface LockHolder extends ProcessIdentity {
  /** What the holder is doing, for the message of whoever is refused. */
  readonly purpose: string
}

export type LockAttempt =
  | { readonly taken: true; readonly release: () => void }
  | { readonly taken: false; readonly holder: LockHolder }

/**
 * Takes an exclusive lock that a dead process cannot keep: a file naming its holder by pid and start time.
 * A file lock of the kernel would be simpler, but Node has none.
 */
export function takeLock(file: string, purpose: string): LockAttempt {
  mkdirSync(dirname(file), { recursive: true })
  const self = identify(process.pid)
  if (!self) throw new Error("this process cannot see itself in the process table")
  const content = JSON.stringify({ ...self, purpose, nonce: randomUUID() })
  for (;;) {
    if (createWhole(file, content)) return { taken: true, release: () => release(file, content) }
    const found = read(file)
    if (found === undefined) continue
    const holder = parse(found)
    if (holder && isAlive(holder)) return { taken: false, holder }
    takeAway(file, found)
  }
}

/** Who holds the lock, if somebody living does. */
export function lockHolder(file: string): LockHolder | undefined {
  const found = read(file)
  const holder = found === undefined ? undefined : parse(found)
  return holder && isAlive(holder) ? holder : undefined
}

/** Linking a finished file in place makes the lock appear with its content or not at all. */
function createWhole(file: string, content: string): boolean {
  const draft = `${file}.${randomUUID()}`
  writeFileSync(draft, content, { mode: 0o600 })
  try {
    linkSync(draft, file)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false
    throw error
  } finally {
    rmSync(draft, { force: true })
  }
}

/** Removes a dead holder's file; when another process has replaced it meanwhile, puts that one back. */
function takeAway(file: string, expected: string): void {
  const aside = `${file}.${randomUUID()}`
  try {
    renameSync(file, aside)
  } catch {
    return
  }
  if (read(aside) !== expected) {
    try {
      linkSync(aside, file)
    } catch {
      // Somebody took the lock in between; the one moved aside finds out when it checks its file.
    }
  }
  rmSync(aside, { force: true })
}

function release(file: string, content: string): void {
  if (read(file) === content) rmSync(file, { force: true })
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8")
  } catch {
    return undefined
  }
}

function parse(content: string): LockHolder | undefined {
  try {
    return JSON.parse(content) as LockHolder
  } catch {
    return undefined
  }
}

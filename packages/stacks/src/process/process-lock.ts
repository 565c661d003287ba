import { createHash, randomUUID } from "node:crypto"
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"
import { identify, isAlive, type ProcessIdentity } from "./process-identity.ts"

export interface LockHolder extends ProcessIdentity {
  /** What the holder is doing, for the message of whoever is refused. */
  readonly purpose: string
  /** Id of what the holder works on, where there may be others of its kind. */
  readonly subject?: string
}

export type LockAttempt =
  | { readonly taken: true; readonly release: () => void }
  | { readonly taken: false; readonly holder: LockHolder }

/**
 * Takes an exclusive lock that a dead process cannot keep: a file naming its holder by pid and start time.
 * A file lock of the kernel would be simpler, but Node has none.
 */
export function takeLock(file: string, purpose: string, subject?: string): LockAttempt {
  mkdirSync(dirname(file), { recursive: true })
  const self = identify(process.pid)
  if (!self) throw new Error("this process cannot see itself in the process table")
  const content = JSON.stringify({ ...self, purpose, subject, nonce: randomUUID() })
  for (;;) {
    if (createWhole(file, content)) return { taken: true, release: () => release(file, content) }
    const found = read(file)
    if (found === undefined) continue
    const holder = parse(found)
    if (holder && isAlive(holder)) return { taken: false, holder }
    removeDead(file, found)
  }
}

/** Who holds the lock, if somebody living does. */
export function lockHolder(file: string): LockHolder | undefined {
  const found = readQuietly(file)
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

/**
 * Removes a dead holder's file. Only whoever holds a second lock, named after that file's content, may: otherwise one
 * who read the dead file could remove what another has put in its place meanwhile. A content never comes back, so the
 * holder of its lock is alone with it; and a holder that dies right here is dealt with in the same way.
 */
function removeDead(file: string, content: string): void {
  const guard = takeLock(`${file}.${fingerprint(content)}`, "removing a dead process's lock")
  if (!guard.taken) return
  try {
    release(file, content)
  } finally {
    guard.release()
  }
}

const fingerprint = (content: string): string => createHash("sha256").update(content).digest("hex").slice(0, 12)

function release(file: string, content: string): void {
  if (read(file) === content) rmSync(file, { force: true })
}

/** Throws what is not "there is none": a file that cannot be read is somebody's lock, and no reason to try for ever. */
function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8")
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined
    throw error
  }
}

function readQuietly(file: string): string | undefined {
  try {
    return read(file)
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

import { closeSync, copyFileSync, fstatSync, mkdirSync, openSync, statSync, truncateSync } from "node:fs"
import { dirname } from "node:path"

const largest = 8 * 1024 * 1024

export interface OpenLog {
  readonly fd: number
  close(): void
}

/**
 * Opens a log for a child to append to by itself: a pipe would die with the agent, and the child with it.
 */
export function openLog(file: string): OpenLog {
  mkdirSync(dirname(file), { recursive: true })
  const fd = openSync(file, "a", 0o600)
  if (fstatSync(fd).size > largest) trimLog(file)
  return { fd, close: () => closeSync(fd) }
}

/** For a process that writes its own log: a full disk takes no word of it, and must not end it. */
export function outliveFullLog(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined)
}

/** Keeps the newest 8 to 16 MiB: copies a log that grew too large aside and empties it under the writer. */
export function trimLog(file: string): void {
  try {
    if (statSync(file).size <= largest) return
    copyFileSync(file, `${file}.1`)
    truncateSync(file)
  } catch {
    // Not there yet, or no room for the copy: the next round tries again.
  }
}

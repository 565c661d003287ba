import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { WatcherEntry } from "../../../failover/watcher-journal.ts"
import { writeWhole } from "../../../process/durable-file.ts"

const most = 2_000

/** What the watcher saw, thought and did, a JSON line each; the last two thousand are kept. */
export class WatcherJournal {
  readonly #file: string
  readonly #entries: WatcherEntry[]

  constructor(file: string) {
    this.#file = file
    mkdirSync(dirname(file), { recursive: true })
    this.#entries = readWatcherJournal(file)
  }

  get entries(): readonly WatcherEntry[] {
    return this.#entries
  }

  append(entry: WatcherEntry): void {
    this.#entries.push(entry)
    try {
      if (this.#entries.length < 2 * most) appendFileSync(this.#file, line(entry), { mode: 0o600 })
      else {
        this.#entries.splice(0, most)
        writeWhole(this.#file, this.#entries.map(line).join(""))
      }
    } catch {
      // A full disk must not keep it from acting.
    }
  }
}

export const watcherJournalFile = (entryDirectory: string): string => join(entryDirectory, "watcher.jsonl")

/** Whoever died while it wrote left half a line. */
export function readWatcherJournal(file: string): WatcherEntry[] {
  if (!existsSync(file)) return []
  return readFileSync(file, "utf8")
    .split("\n")
    .flatMap(text => {
      try {
        return [WatcherEntry.parse(JSON.parse(text))]
      } catch {
        return []
      }
    })
}

const line = (entry: WatcherEntry): string => `${JSON.stringify(entry)}\n`

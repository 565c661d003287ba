import {
  closeSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  writeSync,
} from "node:fs"
import { join } from "node:path"
import type { FinishedStep } from "./operation.ts"

export interface JournalHeader {
  readonly type: "begun"
  readonly id: string
  readonly kind: string
  readonly environment: string
  readonly choice: Readonly<Record<string, unknown>>
  /** ISO 8601. */
  readonly at: string
  readonly actor: string
  readonly chatops: string
  /** Of the configuration that the plan was made from; null for operations that follow none. */
  readonly configuration: string | null
}

export type JournalRecord =
  | JournalHeader
  | { readonly type: "step-started"; readonly step: string; readonly at: string; readonly harmless: boolean }
  | {
      readonly type: "step-finished"
      readonly step: string
      readonly at: string
      readonly durationMs: number
      readonly summary: string
      readonly harmless: boolean
      readonly output: unknown
    }
  | {
      readonly type: "step-failed"
      readonly step: string
      readonly at: string
      readonly code: string
      readonly message: string
    }
  | { readonly type: "ended"; readonly outcome: OperationOutcome; readonly at: string; readonly reason?: string }

export type OperationOutcome = "succeeded" | "unchanged" | "failed" | "aborted"

/** An operation as its journal tells it. */
export interface JournaledOperation {
  readonly header: JournalHeader
  readonly finished: readonly FinishedStep[]
  readonly outputs: Readonly<Record<string, unknown>>
  /** No step was begun that changes anything. */
  readonly harmless: boolean
  /** The step that was begun and has not finished. */
  readonly current: string | null
  readonly failure: { readonly step: string; readonly code: string; readonly message: string } | null
  readonly outcome: OperationOutcome | null
}

/** Append-only, one JSON record a line, on disk before the step it speaks of begins or counts as done. */
export class Journal {
  readonly #fd: number

  private constructor(fd: number) {
    this.#fd = fd
  }

  static open(directory: string, id: string): Journal {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    const fd = openSync(join(directory, `${id}.ndjson`), "a+", 0o600)
    const journal = new Journal(fd)
    // A crash or a full disk may have cut the last line short; the next record must not continue it.
    if (!endsWithLineBreak(fd)) journal.#write("\n")
    return journal
  }

  append(record: JournalRecord): void {
    this.#write(`${JSON.stringify(record)}\n`)
    fsyncSync(this.#fd)
  }

  close(): void {
    closeSync(this.#fd)
  }

  #write(text: string): void {
    for (let rest = Buffer.from(text); rest.length > 0; ) rest = rest.subarray(writeSync(this.#fd, rest))
  }
}

function endsWithLineBreak(fd: number): boolean {
  const { size } = fstatSync(fd)
  const last = Buffer.alloc(1)
  return size === 0 || (readSync(fd, last, 0, 1, size - 1) === 1 && last[0] === 0x0a)
}

/** Every operation in the directory, oldest first; ids begin with the time. */
export function readJournals(directory: string): JournaledOperation[] {
  return journalFiles(directory)
    .map(file => readJournal(join(directory, file)))
    .filter(operation => operation !== undefined)
}

/**
 * The operation that was left in the middle. One that died before it changed anything, with its question open perhaps,
 * has nothing to go on with.
 */
export function unfinishedOperation(directory: string): JournaledOperation | undefined {
  return readJournals(directory).findLast(isUnfinished)
}

/**
 * Removes the oldest journals of what is over; the ledger has what is worth keeping of them for good. One that could be
 * resumed stays however old it is, and so does a file that cannot be read as a journal. Not while an operation runs.
 */
export function pruneJournals(directory: string, keep = keptJournals): void {
  const over = journalFiles(directory).filter(file => {
    const operation = readJournal(join(directory, file))
    return operation && !isUnfinished(operation)
  })
  for (const file of over.slice(0, Math.max(0, over.length - keep))) rmSync(join(directory, file), { force: true })
}

/** Finished journals that stay, a few KiB each, for whoever looks into what happened. */
const keptJournals = 50

const isUnfinished = ({ outcome, harmless }: JournaledOperation): boolean => outcome === null && !harmless

function readJournal(file: string): JournaledOperation | undefined {
  const records = textOf(file).split("\n").flatMap(parseRecord)
  const header = records.find(record => record.type === "begun")
  if (!header) return undefined
  const done = records.filter(record => record.type === "step-finished")
  const last = records.findLast(record => record.type.startsWith("step-"))
  const failure = last?.type === "step-failed" ? { step: last.step, code: last.code, message: last.message } : null
  return {
    header,
    finished: done.map(({ step, at, durationMs, summary, harmless }) => ({
      name: step,
      startedAt: new Date(Date.parse(at) - durationMs).toISOString(),
      durationMs,
      summary,
      harmless,
    })),
    outputs: Object.fromEntries(done.map(({ step, output }) => [step, output])),
    current: last?.type === "step-started" || last?.type === "step-failed" ? last.step : null,
    failure,
    harmless: records.every(record => record.type !== "step-started" || record.harmless),
    outcome: records.find(record => record.type === "ended")?.outcome ?? null,
  }
}

/** Nothing of a file that another process has pruned since it was listed. */
function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8")
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return ""
    throw error
  }
}

/** The last line may be cut short by a crash or a full disk; what it would have said did not happen. */
function parseRecord(line: string): JournalRecord[] {
  try {
    return line === "" ? [] : [JSON.parse(line) as JournalRecord]
  } catch {
    return []
  }
}

function journalFiles(directory: string): string[] {
  try {
    return readdirSync(directory)
      .filter(file => file.endsWith(".ndjson"))
      .sort()
  } catch {
    return []
  }
}

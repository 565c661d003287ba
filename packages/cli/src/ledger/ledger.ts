import { gitIn } from "./git.ts"
import { readTip } from "./ledger-branch.ts"
import type { LedgerFile } from "./ledger-file.ts"
import type { LedgerRecord } from "./ledger-record.ts"
import { readTree } from "./ledger-tree.ts"
import type { LedgerView } from "./ledger-view.ts"
import type { PushResult } from "./push-ledger.ts"
import { type LedgerEntry, readEntries, readEntry } from "./read-entries.ts"

/**
 * The record of what runs where: the branch `chatops/ledger` of the app's repository. Written by git's plumbing, so that
 * working tree, index, current branch and detached heads do not matter.
 *
 * Every method throws {@link ChatopsError}s: GIT_NOT_FOUND, LEDGER_NO_REPOSITORY, LEDGER_UNREADABLE, and where it
 * writes LEDGER_BUSY, LEDGER_CONFLICT, LEDGER_UNWRITABLE.
 */
export interface Ledger {
  /**
   * Durable in the local repository when it returns: the record and the files that it brings, in one commit. Repeating it
   * with the same id changes nothing. A file that is there already has to be the same.
   */
  append(record: LedgerRecord, brings?: { readonly files: readonly LedgerFile[] }): Promise<LedgerEntry>
  /** The newest entries by the start of their operation, newest first. */
  entries(choice: { readonly limit: number }): Promise<readonly LedgerEntry[]>
  entry(id: string): Promise<LedgerEntry | undefined>
  /** The ledger as it stands now, to read its files from: whatever is appended meanwhile does not show. */
  view(): Promise<LedgerView>
  /** Brings local and remote ledger together. A remote that cannot be reached is a result and not an error. */
  push(): Promise<PushResult>
}

export interface LedgerOptions {
  /** Milliseconds to go on while other processes hold or move the branch. */
  readonly patience?: number
  /** Milliseconds without a sign of life after which the remote counts as unreachable. */
  readonly networkPatience?: number
}

/** The ledger of the repository that `directory` lies in. Nothing is read before the first call. */
export function openLedger(directory: string, options: LedgerOptions = {}): Ledger {
  const { patience = 15_000, networkPatience = 20_000 } = options
  const git = gitIn(directory)
  const tree = async () => readTree(git, (await readTip(git)).base)
  return {
    append: async (record, { files } = { files: [] }) =>
      (await import("./append-entry.ts")).appendEntry(git, record, files, patience),
    entries: async ({ limit }) => readEntries(git, await tree(), limit),
    entry: async id => readEntry(git, await tree(), id),
    view: async () => (await import("./ledger-view.ts")).ledgerView(git, (await readTip(git)).base),
    push: async () => (await import("./push-ledger.ts")).pushLedger(git, networkPatience),
  }
}

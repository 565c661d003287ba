import { setTimeout as delay } from "node:timers/promises"
import { ChatopsError } from "@chatops/stacks/errors"
import { commitMessage } from "./commit-message.ts"
import { writeCommit, writeObject } from "./commit-object.ts"
import type { Git } from "./git.ts"
import { moveBranch, readTip } from "./ledger-branch.ts"
import { type LedgerRecord, recordPath, serializeRecord } from "./ledger-record.ts"
import { type LedgerTree, readTree, writeTree } from "./ledger-tree.ts"
import { type LedgerEntry, readEntry } from "./read-entries.ts"

/**
 * Adds a record as one commit on the ledger's branch, however many processes do so at once.
 * A resumed operation may repeat this: an entry of the same id and outcome is given back as it stands.
 * @param patience milliseconds to go on while others hold or move the branch
 * @throws {ChatopsError} LEDGER_BUSY, LEDGER_CONFLICT, LEDGER_UNREADABLE, LEDGER_UNWRITABLE
 */
export async function appendEntry(git: Git, record: LedgerRecord, patience: number): Promise<LedgerEntry> {
  const text = serializeRecord(record)
  const blob = await writeObject(git, "blob", text)
  const path = recordPath(record)
  const deadline = performance.now() + patience
  for (let attempt = 1; ; attempt++) {
    const tip = await readTip(git)
    const tree = await readTree(git, tip.base)
    const existing = await findExisting(git, tree, record)
    if (existing !== undefined) return existing
    const root = await writeTree(git, tree, path, { mode: "100644", type: "blob", id: blob })
    const commit = await writeCommit(git, root, tip.base, commitMessage(record))
    const moved = await moveUnlessBusy(git, tip.branch, commit, performance.now() > deadline)
    if (moved) return { record, path }
    if (performance.now() > deadline)
      throw new ChatopsError("LEDGER_BUSY", "Other processes kept moving the ledger's branch")
    // Spread out, or the same processes collide again.
    await delay(Math.random() * Math.min(200, 5 * 2 ** attempt))
  }
}

async function moveUnlessBusy(git: Git, from: string | undefined, to: string, last: boolean): Promise<boolean> {
  try {
    return await moveBranch(git, from, to)
  } catch (error) {
    if (!last && error instanceof ChatopsError && error.code === "LEDGER_BUSY") return false
    throw error
  }
}

async function findExisting(git: Git, tree: LedgerTree, record: LedgerRecord): Promise<LedgerEntry | undefined> {
  const entry = await readEntry(git, tree, record.id)
  if (entry === undefined) return undefined
  const { kind, environment, outcome } = entry.record
  if (kind === record.kind && environment === record.environment && outcome === record.outcome) return entry
  throw new ChatopsError(
    "LEDGER_CONFLICT",
    `The ledger already has an entry ${record.id} (${kind} ${environment}, ${outcome}), and this one says ${record.kind} ${record.environment}, ${record.outcome}`,
    { details: { id: record.id, path: entry.path } },
  )
}

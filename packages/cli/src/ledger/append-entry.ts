import { setTimeout as delay } from "node:timers/promises"
import { ChatopsError } from "@chatops/stacks/errors"
import { commitMessage } from "./commit-message.ts"
import { writeCommit, writeObject } from "./commit-object.ts"
import type { Git } from "./git.ts"
import { moveBranch, readTip } from "./ledger-branch.ts"
import { checkFiles, type LedgerFile } from "./ledger-file.ts"
import { type LedgerRecord, recordPath, serializeRecord } from "./ledger-record.ts"
import { type LedgerTree, readTree, type TreeItem, writeTree } from "./ledger-tree.ts"
import { type LedgerEntry, readEntry } from "./read-entries.ts"

/**
 * Adds a record, with the files that it brings, as one commit on the ledger's branch, however many processes do so at
 * once. A resumed operation may repeat this: an entry of the same id and outcome is given back as it stands, and its
 * files are those that came with it.
 * @param patience milliseconds to go on while others hold or move the branch
 * @throws {ChatopsError} LEDGER_BUSY, LEDGER_CONFLICT, LEDGER_UNREADABLE, LEDGER_UNWRITABLE
 */
export async function appendEntry(
  git: Git,
  record: LedgerRecord,
  files: readonly LedgerFile[],
  patience: number,
): Promise<LedgerEntry> {
  checkFiles(files)
  const text = serializeRecord(record)
  const path = recordPath(record)
  const items = new Map<string, TreeItem>()
  for (const { path: place, content } of [{ path, content: text }, ...files])
    items.set(place, { mode: "100644", type: "blob", id: await writeObject(git, "blob", content) })
  const deadline = performance.now() + patience
  for (let attempt = 1; ; attempt++) {
    const tip = await readTip(git)
    const tree = await readTree(git, tip.base)
    const existing = await findExisting(git, tree, record)
    if (existing !== undefined) return existing
    refuseToReplace(tree, items)
    const root = await writeTree(git, tree, items)
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

/** The ledger only grows: a file that is there stays what it is. */
function refuseToReplace(tree: LedgerTree, items: LedgerTree): void {
  for (const [path, { id }] of items) {
    const present = tree.get(path)
    if (present === undefined || present.id === id) continue
    throw new ChatopsError("LEDGER_CONFLICT", `The ledger already has ${path}, with other contents`, {
      details: { path },
    })
  }
}

import { ChatopsError } from "@chatops/stacks/errors"
import type { Git } from "./git.ts"
import { explainRefusal } from "./git-refusal.ts"
import { ledgerRef, trackedRef } from "./ledger-ref.ts"

/** Object id, 40 hexadecimal digits or 64. */
export type ObjectId = string

export interface LedgerTip {
  /** Where the branch stands; nothing when it does not exist yet. */
  readonly branch: ObjectId | undefined
  /** What a new entry builds on: the branch, or what a clone has seen of the remote's. */
  readonly base: ObjectId | undefined
}

/** @throws {ChatopsError} LEDGER_NO_REPOSITORY, LEDGER_UNREADABLE */
export async function readTip(git: Git): Promise<LedgerTip> {
  const refs = [ledgerRef, trackedRef]
  const result = await git(["cat-file", "--batch-check"], { input: `${refs.join("\n")}\n` })
  if (result.exitCode !== 0) throw explainRefusal(result, "LEDGER_UNREADABLE")
  const [branch, tracked] = result.stdout
    .trimEnd()
    .split("\n")
    .map(line => {
      const [id = "", type] = line.split(" ")
      if (type === "missing") return undefined
      if (type === "commit") return id
      throw new ChatopsError("LEDGER_UNREADABLE", `${ledgerRef} points to a ${type}, not to a commit`)
    })
  return { branch, base: branch ?? tracked }
}

/**
 * Moves the branch, if it still stands at `from`. The compare-and-set that everything rests on.
 * @returns whether it was moved; if not, somebody else was quicker and the ledger has to be read again.
 * @throws {ChatopsError} LEDGER_BUSY while another process holds the lock of the branch, LEDGER_UNWRITABLE
 */
export async function moveBranch(git: Git, from: ObjectId | undefined, to: ObjectId): Promise<boolean> {
  const expected = from ?? "0".repeat(to.length)
  const input = `start\nupdate ${ledgerRef} ${to} ${expected}\ncommit\n`
  const result = await git(["update-ref", "--stdin", "--no-deref"], { input })
  if (result.exitCode === 0) return true
  const { branch } = await readTip(git)
  if (branch !== from) return false
  throw explainRefusal(result)
}

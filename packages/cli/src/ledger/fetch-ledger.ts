import { randomUUID } from "node:crypto"
import type { Git, GitResult } from "./git.ts"
import type { ObjectId } from "./ledger-branch.ts"
import { ledgerRef } from "./ledger-ref.ts"
import type { Remote } from "./remote.ts"

type Fetched = { readonly tip: ObjectId | undefined } | { readonly failed: GitResult }

/** What the remote's ledger stands at, its objects brought here. No tip: the remote has no ledger yet. */
export async function fetchLedger(git: Git, remote: Remote, patience: number): Promise<Fetched> {
  const options = { config: remote.config, patience }
  // A ref of its own for every fetch: two processes must not wait for each other's lock, nor read each other's tip.
  const ref = `refs/chatops/fetch/${randomUUID()}`
  const flags = ["--no-tags", "--no-prune", "--no-write-fetch-head", "--no-recurse-submodules", "--refmap="]
  const result = await git(["fetch", ...flags, remote.name, `+${ledgerRef}:${ref}`], options)
  if (result.exitCode !== 0) {
    const exists = await git(["ls-remote", remote.name, ledgerRef], options)
    return exists.exitCode === 0 && exists.stdout === "" ? { tip: undefined } : { failed: result }
  }
  const resolved = await git(["cat-file", "--batch-check"], { input: `${ref}\n` })
  await git(["update-ref", "-d", ref])
  return { tip: resolved.stdout.split(" ")[0] }
}

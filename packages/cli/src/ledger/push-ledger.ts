import { setTimeout as delay } from "node:timers/promises"
import { fetchLedger } from "./fetch-ledger.ts"
import type { Git, GitResult } from "./git.ts"
import { moveBranch, type ObjectId, readTip } from "./ledger-branch.ts"
import { ledgerRef } from "./ledger-ref.ts"
import { findRemote, type Remote } from "./remote.ts"
import { replay } from "./replay.ts"

export type PushResult =
  | { readonly outcome: "pushed"; readonly remote: string }
  /** The repository has no remote; the ledger lives here alone. */
  | { readonly outcome: "no-remote" }
  | { readonly outcome: "unreachable"; readonly remote: string; readonly reason: string }
  /** The remote answers and does not take it: a rule, a missing permission, or it kept moving. */
  | { readonly outcome: "rejected"; readonly remote: string; readonly reason: string }

/** Enough for dozens of machines that push at the same moment; the next operation pushes what is left. */
const attempts = 20

/** Pushes; when the remote has moved, puts the local entries on top of what it has and pushes again. */
export async function pushLedger(git: Git, patience: number): Promise<PushResult> {
  const remote = await findRemote(git)
  if (remote === undefined) return { outcome: "no-remote" }
  let refusal = "its ledger kept moving"
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const { branch } = await readTip(git)
    const pushed = branch === undefined ? undefined : await push(git, remote, branch, patience)
    if (pushed?.exitCode === 0) return { outcome: "pushed", remote: remote.name }
    if (pushed !== undefined && reasonOf(pushed) === undefined) {
      return { outcome: "unreachable", remote: remote.name, reason: lastWords(pushed) }
    }
    refusal = (pushed && reasonOf(pushed)) ?? refusal
    const fetched = await fetchLedger(git, remote, patience)
    if ("failed" in fetched) return { outcome: "unreachable", remote: remote.name, reason: lastWords(fetched.failed) }
    const merged = await bringTogether(git, branch, fetched.tip)
    if (merged === "same") return { outcome: "pushed", remote: remote.name }
    if (typeof merged === "object") return { outcome: "rejected", remote: remote.name, reason: merged.conflict }
    if (merged === "ahead" && !isRace(refusal)) break
    await delay(Math.random() * Math.min(500, 10 * 2 ** attempt))
  }
  return { outcome: "rejected", remote: remote.name, reason: refusal }
}

/**
 * Makes the local branch a continuation of the remote's.
 * `ahead`: it already was one. `same`: there is nothing left to push. `moved`: try again.
 */
async function bringTogether(
  git: Git,
  local: ObjectId | undefined,
  remote: ObjectId | undefined,
): Promise<"ahead" | "same" | "moved" | { readonly conflict: string }> {
  if (local === remote) return "same"
  if (remote === undefined) return "ahead"
  const replayed = local === undefined ? { tip: remote } : await replay(git, local, remote)
  if ("conflict" in replayed) return replayed
  if (replayed.tip === local) return "ahead"
  const moved = await moveBranch(git, local, replayed.tip)
  return moved && replayed.tip === remote ? "same" : "moved"
}

function push(git: Git, remote: Remote, commit: ObjectId, patience: number): Promise<GitResult> {
  const flags = ["--porcelain", "--no-verify", "--no-signed", "--no-follow-tags", "--recurse-submodules=no"]
  return git(["push", ...flags, remote.name, `${commit}:${ledgerRef}`], { config: remote.config, patience })
}

/** Why the remote refused the branch, from a line such as `!\t<from>:<to>\t[rejected] (fetch first)`. */
function reasonOf({ stdout }: GitResult): string | undefined {
  const line = stdout.split("\n").find(line => line.startsWith("!\t"))
  return line?.split("\t")[2]
}

/** Two pushes at one moment; without this, a refusal of something that only adds is a rule of the remote's. */
function isRace(reason: string): boolean {
  return /lock|fetch first|non-fast-forward|stale|incorrect old value|failed to update ref/i.test(reason)
}

function lastWords({ exitCode, stderr, stdout }: GitResult): string {
  const lines = `${stdout}\n${stderr}`.split("\n").filter(line => /^(fatal|error|ssh|remote): ?./.test(line))
  return (lines.find(line => line.startsWith("fatal:")) ?? lines.at(-1) ?? `git ended with ${exitCode}`).replace(
    /^fatal: /,
    "",
  )
}

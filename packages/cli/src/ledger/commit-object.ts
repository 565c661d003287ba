import type { Git } from "./git.ts"
import { explainRefusal } from "./git-refusal.ts"
import type { ObjectId } from "./ledger-branch.ts"

/** Who writes when git knows no name: a pipeline, a container, a fresh machine. */
export const fallbackIdentity = ["user.name=chatops", "user.email=chatops@localhost"]

/** Writes a commit object. No branch moves, nothing is signed, no hook runs. */
export async function writeCommit(
  git: Git,
  tree: ObjectId,
  parent: ObjectId | undefined,
  message: string,
): Promise<ObjectId> {
  const args = ["commit-tree", tree, ...(parent === undefined ? [] : ["-p", parent])]
  return writtenId(await withIdentity(options => git(args, { ...options, input: message })))
}

/**
 * Runs something that needs an author, and again under the fallback if that was refused. git must not guess a name from
 * the machine's: that would be somebody@localhost.(none) in a record for auditors.
 */
export async function withIdentity<R extends { readonly exitCode: number }>(
  run: (options: { readonly config: readonly string[]; readonly anonymous?: boolean }) => Promise<R>,
): Promise<R> {
  const own = await run({ config: ["user.useConfigOnly=true"] })
  return own.exitCode === 0 ? own : run({ config: fallbackIdentity, anonymous: true })
}

/** Writes an object from its content; used for blobs, and for commits that are moved onto another parent. */
export async function writeObject(git: Git, type: "blob" | "commit", content: string | Buffer): Promise<ObjectId> {
  return writtenId(await git(["hash-object", "-w", "-t", type, "--stdin"], { input: content }))
}

function writtenId(result: Awaited<ReturnType<Git>>): ObjectId {
  if (result.exitCode !== 0) throw explainRefusal(result)
  return result.stdout.trim()
}

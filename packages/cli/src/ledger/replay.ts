import { writeObject } from "./commit-object.ts"
import type { Git } from "./git.ts"
import { explainRefusal } from "./git-refusal.ts"
import type { ObjectId } from "./ledger-branch.ts"
import { readTree, writeTree } from "./ledger-tree.ts"

/**
 * Puts what only `local` has on top of `remote`, commit by commit, oldest first: contents, messages, authors and dates
 * stay, only the parent changes. Moves no branch.
 * @returns the new tip (`remote` itself when it has everything, `local` when that already continues it), or a conflict
 *   when one path has two contents: nothing is dropped to get around it.
 */
export async function replay(
  git: Git,
  local: ObjectId,
  remote: ObjectId,
): Promise<{ readonly tip: ObjectId } | { readonly conflict: string }> {
  const commits = await localOnly(git, local, remote)
  if (commits === "continues") return { tip: local }
  let tip = remote
  let tree = await readTree(git, remote)
  for (const commit of commits) {
    const added = new Map(
      [...(await readTree(git, commit))].filter(
        ([path, item]) => item.type !== "tree" && tree.get(path)?.id !== item.id,
      ),
    )
    const clash = added.keys().find(path => tree.has(path))
    if (clash !== undefined) return { conflict: `${clash} has other contents here than on the remote` }
    if (added.size === 0) continue
    const root = await writeTree(git, tree, added)
    tip = await withParent(git, commit, root, tip)
    tree = await readTree(git, tip)
  }
  return { tip }
}

async function localOnly(git: Git, local: ObjectId, remote: ObjectId): Promise<readonly ObjectId[] | "continues"> {
  const behind = await git(["rev-list", "--count", `${local}..${remote}`])
  if (behind.exitCode !== 0) throw explainRefusal(behind, "LEDGER_UNREADABLE")
  if (behind.stdout.trim() === "0") return "continues"
  const ahead = await git(["rev-list", "--reverse", "--topo-order", `${remote}..${local}`])
  if (ahead.exitCode !== 0) throw explainRefusal(ahead, "LEDGER_UNREADABLE")
  return ahead.stdout.split("\n").filter(line => line !== "")
}

async function withParent(git: Git, commit: ObjectId, tree: ObjectId, parent: ObjectId): Promise<ObjectId> {
  const result = await git(["cat-file", "commit", commit])
  if (result.exitCode !== 0) throw explainRefusal(result, "LEDGER_UNREADABLE")
  const end = result.stdout.indexOf("\n\n")
  const headers = result.stdout.slice(0, end).split("\n")
  // A signature would not fit the new contents.
  const kept = headers.filter(line => /^(author|committer|encoding) /.test(line))
  return writeObject(git, "commit", [`tree ${tree}`, `parent ${parent}`, ...kept].join("\n") + result.stdout.slice(end))
}

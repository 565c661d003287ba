import { readBlobs } from "./blobs.ts"
import type { Git } from "./git.ts"
import { explainRefusal } from "./git-refusal.ts"
import type { ObjectId } from "./ledger-branch.ts"
import { readTree } from "./ledger-tree.ts"

/** The ledger as it stood at one moment. Every method throws LEDGER_UNREADABLE. */
export interface LedgerView {
  /** Null: there is no ledger yet. */
  readonly commit: ObjectId | null
  /** Paths of the files below a directory, sorted. */
  files(directory: string): readonly string[]
  /** Contents, by path, of those files that there are. */
  read(paths: readonly string[]): Promise<ReadonlyMap<string, Buffer>>
  /** Every file that was ever added below a directory, in the order of the commits; also what is gone by now. */
  history(directory: string): Promise<readonly LedgerAddition[]>
}

export interface LedgerAddition {
  readonly path: string
  /** Grows from commit to commit that added something there; files of one commit share it. */
  readonly position: number
  /** By a later commit, which the ledger itself never does. */
  readonly changed: boolean
}

export async function ledgerView(git: Git, commit: ObjectId | undefined): Promise<LedgerView> {
  const tree = await readTree(git, commit)
  const files = [...tree].filter(([, { type }]) => type === "blob").map(([path]) => path)
  return {
    commit: commit ?? null,
    files: directory => files.filter(path => path.startsWith(`${directory}/`)).sort(),
    read: async paths => {
      const present = paths.filter(path => tree.get(path)?.type === "blob")
      const contents = await readBlobs(
        git,
        present.map(path => ({ path, id: tree.get(path)?.id ?? "" })),
      )
      return new Map(present.map((path, index) => [path, contents[index] ?? Buffer.of()]))
    },
    history: async directory => (commit === undefined ? [] : additions(git, commit, directory)),
  }
}

async function additions(git: Git, commit: ObjectId, directory: string): Promise<readonly LedgerAddition[]> {
  const flags = ["--reverse", "--topo-order", "--no-renames", "--diff-filter=AMT", "--no-show-signature", "--no-notes"]
  const args = ["log", ...flags, "--format=format:%H", "--name-status", commit, "--", directory]
  const result = await git(args, { config: ["log.showRoot=true"] })
  if (result.exitCode !== 0) throw explainRefusal(result, "LEDGER_UNREADABLE")
  const found = new Map<string, LedgerAddition>()
  let position = -1
  for (const line of result.stdout.split("\n").filter(line => line !== "")) {
    const [, path] = line.split("\t")
    if (path === undefined) position += 1
    // Whatever comes after the first time is a change, be it that a file was removed and came back.
    else found.set(path, { path, position: found.get(path)?.position ?? position, changed: found.has(path) })
  }
  return [...found.values()]
}

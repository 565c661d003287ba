import { ChatopsError } from "@chatops/stacks/errors"
import type { Git } from "./git.ts"
import { explainRefusal } from "./git-refusal.ts"
import type { ObjectId } from "./ledger-branch.ts"

export interface TreeItem {
  readonly mode: string
  readonly type: string
  readonly id: ObjectId
}

/** Every path of a commit's tree, directories included. */
export type LedgerTree = ReadonlyMap<string, TreeItem>

const directoryMode = "040000"

/** @throws {ChatopsError} LEDGER_UNREADABLE */
export async function readTree(git: Git, commit: ObjectId | undefined): Promise<LedgerTree> {
  if (commit === undefined) return new Map()
  const result = await git(["ls-tree", "-r", "-t", "-z", "--full-tree", commit])
  if (result.exitCode !== 0) throw explainRefusal(result, "LEDGER_UNREADABLE")
  const lines = result.stdout.split("\0").filter(line => line !== "")
  return new Map(
    lines.map(line => {
      const tab = line.indexOf("\t")
      const [mode = "", type = "", id = ""] = line.slice(0, tab).split(" ")
      return [line.slice(tab + 1), { mode, type, id }]
    }),
  )
}

/**
 * Writes the tree with more items at their paths; everything else stays as it is.
 * @throws {ChatopsError} LEDGER_UNREADABLE when a file stands where a directory has to go
 */
export async function writeTree(git: Git, tree: LedgerTree, items: LedgerTree): Promise<ObjectId> {
  const whole = new Map([...tree, ...items])
  let root: ObjectId = ""
  // The deepest first: a directory's id follows from what is in it.
  for (const directory of directoriesAbove(items.keys())) {
    if (directory !== "" && (whole.get(directory)?.type ?? "tree") !== "tree") {
      throw new ChatopsError("LEDGER_UNREADABLE", `The ledger has a file named ${directory} where a directory belongs`)
    }
    root = await makeTree(git, childrenOf(whole, directory))
    whole.set(directory, { mode: directoryMode, type: "tree", id: root })
  }
  return root
}

function directoriesAbove(paths: Iterable<string>): readonly string[] {
  const directories = new Set<string>()
  for (const path of paths)
    for (let directory = path; directory !== ""; directories.add(directory))
      directory = directory.slice(0, Math.max(0, directory.lastIndexOf("/")))
  return [...directories].sort((a, b) => depthOf(b) - depthOf(a))
}

const depthOf = (directory: string): number => (directory === "" ? 0 : directory.split("/").length)

async function makeTree(git: Git, items: ReadonlyMap<string, TreeItem>): Promise<ObjectId> {
  const lines = Array.from(items, ([name, { mode, type, id }]) => `${mode} ${type} ${id}\t${name}\0`)
  const result = await git(["mktree", "-z"], { input: lines.join("") })
  if (result.exitCode !== 0) throw explainRefusal(result)
  return result.stdout.trim()
}

function childrenOf(tree: LedgerTree, directory: string): Map<string, TreeItem> {
  const prefix = directory === "" ? "" : `${directory}/`
  const children = new Map<string, TreeItem>()
  for (const [path, item] of tree) {
    const name = path.slice(prefix.length)
    if (path.startsWith(prefix) && name !== "" && !name.includes("/")) children.set(name, item)
  }
  return children
}

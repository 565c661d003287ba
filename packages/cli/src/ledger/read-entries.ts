import { readBlobs } from "./blobs.ts"
import type { Git } from "./git.ts"
import type { LedgerRecord } from "./ledger-record.ts"
import type { LedgerTree } from "./ledger-tree.ts"

export interface LedgerEntry {
  readonly record: LedgerRecord
  /** Where it lies in the ledger's tree. */
  readonly path: string
}

/** The newest entries by the start of their operation, newest first. */
export async function readEntries(git: Git, tree: LedgerTree, limit: number): Promise<readonly LedgerEntry[]> {
  const entries: LedgerEntry[] = []
  // Months are read one by one, so that a long history costs nothing.
  for (const month of byMonth(recordPaths(tree))) {
    if (entries.length >= limit) break
    const read = await readRecords(git, tree, month)
    entries.push(...read.sort((a, b) => newestFirst(a.record, b.record)))
  }
  return entries.slice(0, limit)
}

export async function readEntry(git: Git, tree: LedgerTree, id: string): Promise<LedgerEntry | undefined> {
  const [entry] = await readRecords(
    git,
    tree,
    recordPaths(tree).filter(path => path.endsWith(`/${id}.json`)),
  )
  return entry
}

async function readRecords(git: Git, tree: LedgerTree, paths: readonly string[]): Promise<LedgerEntry[]> {
  if (paths.length === 0) return []
  const contents = await readBlobs(
    git,
    paths.map(path => ({ path, id: tree.get(path)?.id ?? "" })),
  )
  // With the schema, which a ledger without entries needs as little as a command that asks for none.
  const { parseRecord } = await import("./parse-record.ts")
  return paths.map((path, index) => ({ record: parseRecord(path, contents[index]?.toString("utf8") ?? ""), path }))
}

/** Files that are not records may lie in the ledger; they are kept and not read. */
function recordPaths(tree: LedgerTree): readonly string[] {
  return [...tree.keys()].filter(path => /^operations\/\d{4,}\/\d\d\/[^/]+\.json$/.test(path))
}

function byMonth(paths: readonly string[]): readonly (readonly string[])[] {
  const months = Map.groupBy(paths, path => path.split("/").slice(0, 3).join("/"))
  return [...months].sort(([a], [b]) => (a < b ? 1 : -1)).map(([, month]) => month)
}

function newestFirst(a: LedgerRecord, b: LedgerRecord): number {
  return Date.parse(b.startedAt) - Date.parse(a.startedAt) || (a.id < b.id ? 1 : -1)
}

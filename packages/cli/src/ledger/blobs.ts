import type { Git } from "./git.ts"
import { explainRefusal } from "./git-refusal.ts"
import type { ObjectId } from "./ledger-branch.ts"
import { unreadable } from "./unreadable.ts"

/** Contents of files, in their order, read by one process. */
export async function readBlobs(
  git: Git,
  files: readonly { readonly path: string; readonly id: ObjectId }[],
): Promise<readonly Buffer[]> {
  if (files.length === 0) return []
  const result = await git(["cat-file", "--batch"], { input: files.map(({ id }) => `${id}\n`).join("") })
  if (result.exitCode !== 0) throw explainRefusal(result, "LEDGER_UNREADABLE")
  const { bytes } = result
  let at = 0
  return files.map(({ path }) => {
    const end = bytes.indexOf("\n", at)
    const [, type, size] = bytes.toString("utf8", at, end).split(" ")
    if (type !== "blob") throw unreadable(path, "its object is missing")
    at = end + 1 + Number(size) + 1
    return bytes.subarray(end + 1, at - 1)
  })
}

import { spawn } from "node:child_process"
import { gitEnvironment } from "./git-environment.ts"
import { ledgerRef, trackedRef } from "./ledger-ref.ts"

/** In milliseconds; it takes a hundredth. */
const patience = 2_000

/**
 * Contents of `file` in the last of the directories below `place`, by name. One process of git that answers one question
 * after the other, and no library: for what is shown again and again. Of the branch and of what a clone has seen of the
 * remote's, whichever knows the later one. Undefined: neither knows any, or they cannot be read.
 */
export async function readNewest(directory: string, place: string, file: string): Promise<Buffer | undefined> {
  const { variables } = gitEnvironment(process.env, false)
  const git = spawn("git", ["cat-file", "--batch"], {
    cwd: directory,
    env: variables,
    stdio: ["pipe", "pipe", "ignore"],
    timeout: patience,
  })
  // Whoever ends early says so by the end of what it says.
  for (const part of [git, git.stdin]) part.on("error", () => undefined)
  const read = reader(git.stdout)
  const ask = (name: string) => {
    git.stdin.write(`${name}\n`)
    return read()
  }
  try {
    const trees = [await ask(`${ledgerRef}:${place}`), await ask(`${trackedRef}:${place}`)]
    const newest = trees
      .flatMap((tree, index) => namesIn(tree).map(name => ({ name, ref: index === 0 ? ledgerRef : trackedRef })))
      .toSorted((one, other) => (one.name < other.name ? 1 : -1))[0]
    return newest && (await ask(`${newest.ref}:${place}/${newest.name}/${file}`))?.content
  } catch {
    return undefined
  } finally {
    git.stdin.end()
  }
}

interface GitObject {
  /** Hexadecimal. */
  readonly id: string
  readonly content: Buffer
}

/** Reads one answer after the other; undefined of what there is not. Throws at the end. */
function reader(output: AsyncIterable<Buffer>): () => Promise<GitObject | undefined> {
  const chunks = output[Symbol.asyncIterator]()
  let rest: Buffer = Buffer.of()
  const until = async (isEnough: () => boolean) => {
    while (!isEnough()) {
      const { value, done } = await chunks.next()
      if (done) throw new Error("git ended")
      rest = Buffer.concat([rest, value])
    }
  }
  return async () => {
    await until(() => rest.includes("\n"))
    const end = rest.indexOf("\n") + 1
    const [id = "", , size] = rest.toString("utf8", 0, end).split(" ")
    const length = size === undefined ? 0 : Number(size) + 1
    await until(() => rest.length >= end + length)
    const content = rest.subarray(end, end + length - 1)
    rest = rest.subarray(end + length)
    return size === undefined ? undefined : { id, content }
  }
}

/** A tree is entries of mode, name and binary id. */
function namesIn(tree: GitObject | undefined): string[] {
  const names: string[] = []
  if (tree === undefined) return names
  const { id, content } = tree
  for (let at = 0; at < content.length; ) {
    const [name, end] = [content.indexOf(" ", at) + 1, content.indexOf("\0", at)]
    if (end < 0) break
    names.push(content.toString("utf8", name, end))
    at = end + 1 + id.length / 2
  }
  return names
}

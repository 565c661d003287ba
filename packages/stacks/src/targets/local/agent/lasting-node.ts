import { randomUUID } from "node:crypto"
import { existsSync } from "node:fs"
import { constants, copyFile, link, mkdir, rename, rm } from "node:fs/promises"
import { dirname, join, sep } from "node:path"

/**
 * The Node that agents run on: this one; but one that came with the packages would go with them, so it gets a second
 * name in the cache. That costs nothing on the same disk.
 */
export async function lastingNode(cache: string, present = process.execPath): Promise<string> {
  if (!present.split(sep).includes("node_modules")) return present
  const kept = join(cache, "node", process.version, "bin", "node")
  if (existsSync(kept)) return kept
  const draft = `${kept}.${randomUUID()}`
  await mkdir(dirname(kept), { recursive: true })
  try {
    await link(present, draft).catch(() => copyFile(present, draft, constants.COPYFILE_FICLONE))
    await rename(draft, kept)
  } finally {
    await rm(draft, { force: true })
  }
  return kept
}

import { randomUUID } from "node:crypto"
import { renameSync, rmSync, writeFileSync } from "node:fs"
import { link, mkdir, open, readFile, rename, rm } from "node:fs/promises"
import { dirname } from "node:path"

/** Replaces a file so that after a crash it holds either the old content or the new one, never less. */
export async function writeDurably(file: string, content: string, mode = 0o600): Promise<void> {
  const directory = dirname(file)
  const draft = await writeDraft(file, content, mode)
  try {
    await rename(draft, file)
    await syncDirectory(directory)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}

/** Makes a file with this content unless there is one. Of many who do so at once one succeeds; to the others it says false. */
export async function createDurably(file: string, content: string, mode = 0o600): Promise<boolean> {
  const draft = await writeDraft(file, content, mode)
  try {
    await link(draft, file)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false
    throw error
  } finally {
    await rm(draft, { force: true })
    await syncDirectory(dirname(file))
  }
}

async function writeDraft(file: string, content: string, mode: number): Promise<string> {
  await mkdir(dirname(file), { recursive: true })
  const draft = `${file}.${randomUUID()}`
  try {
    const handle = await open(draft, "wx", mode)
    try {
      await handle.writeFile(content)
      await handle.sync()
    } finally {
      await handle.close()
    }
    return draft
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}

/** Replaces a file whole or not at all, for what may be lost with the machine but must not be half there. */
export function writeWhole(file: string, content: string, mode = 0o600): void {
  const draft = `${file}.${randomUUID()}`
  try {
    writeFileSync(draft, content, { mode })
    renameSync(draft, file)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  }
}

/** Content of a file, or nothing when it does not exist. */
export async function readIfExists(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8")
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined
    throw error
  }
}

/** Makes what was created, renamed or removed in a directory survive a power cut. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, "r")
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

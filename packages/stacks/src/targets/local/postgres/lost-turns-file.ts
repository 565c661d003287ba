import { mkdir, open, rename, rm } from "node:fs/promises"
import { dirname } from "node:path"
import { syncDirectory } from "../../../process/durable-file.ts"
import type { LostTurn } from "./lost-turns.ts"

export interface WrittenTurns {
  /** Those that nobody answered again. */
  readonly turns: number
  readonly repeated: number
}

/** Writes one line for each, whole and on disk or not at all; no file where there are none. Replaces an earlier one. */
export async function writeLostTurns(file: string, lost: AsyncIterable<LostTurn>): Promise<WrittenTurns> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const draft = `${file}.draft`
  await rm(draft, { force: true })
  const handle = await open(draft, "wx", 0o600)
  let [turns, repeated] = [0, 0]
  try {
    for await (const { line, repeatedAs } of lost) {
      await handle.write(`${line}\n`)
      if (repeatedAs === null) turns++
      else repeated++
    }
    await handle.sync()
  } catch (error) {
    // What people wrote is not to lie about, least of all on a disk that is full.
    await rm(draft, { force: true })
    throw error
  } finally {
    await handle.close()
  }
  if (turns + repeated > 0) await rename(draft, file)
  else await Promise.all([rm(draft), rm(file, { force: true })])
  await syncDirectory(dirname(file))
  return { turns, repeated }
}

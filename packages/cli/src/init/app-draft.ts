import { existsSync, readdirSync } from "node:fs"
import { readdir, rename, rm } from "node:fs/promises"
import { basename, dirname, join } from "node:path"
import { identify } from "@chatops/stacks/process"

const mark = ".chatops-init-"
/** Moved last: with it, a directory is an app. */
const lastFile = "chatops.yaml"

/**
 * Where an app is made before it appears in `directory`: inside it when it exists, because a directory that somebody
 * stands in must not be replaced, else beside it. Named by the process that makes it, so that what a killed one left is
 * known and removed by the next.
 */
export function draftOf(directory: string): string {
  return join(homeOf(directory), `${mark}${basename(directory)}.${process.pid}`)
}

export async function removeDeadDrafts(directory: string): Promise<void> {
  const drafts = entries(homeOf(directory)).filter(name => name.startsWith(`${mark}${basename(directory)}.`))
  const dead = drafts.filter(name => !isMakingOne(Number(name.split(".").at(-1))))
  await Promise.all(dead.map(name => rm(join(homeOf(directory), name), { recursive: true, force: true })))
}

/** Makes the draft appear in its place, whole or not at all. */
export async function publishDraft(draft: string, directory: string): Promise<void> {
  if (dirname(draft) !== directory) return rename(draft, directory)
  const names = (await readdir(draft)).toSorted((a, b) => Number(a === lastFile) - Number(b === lastFile))
  const moved: string[] = []
  try {
    for (const name of names) {
      await rename(join(draft, name), join(directory, name))
      moved.push(name)
    }
    await rm(draft, { recursive: true })
  } catch (error) {
    for (const name of moved) await rm(join(directory, name), { recursive: true, force: true })
    throw error
  }
}

const homeOf = (directory: string): string => (existsSync(directory) ? directory : dirname(directory))

/** This process has not begun; a draft with its number is of an earlier one. */
const isMakingOne = (pid: number): boolean => pid !== process.pid && identify(pid) !== undefined

function entries(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}

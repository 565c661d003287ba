import { accessSync, constants, existsSync, globSync, readFileSync } from "node:fs"
import { mkdir, readdir, readFile, rm, stat, utimes } from "node:fs/promises"
import { join } from "node:path"
import { writeDurably } from "../../../process/durable-file.ts"
import { fingerprint } from "../../../state/fingerprint.ts"
import { stateRoot } from "../../../state/state-directory.ts"
import { programDirectory } from "./program-store.ts"

/**
 * How long programs stay that no agent is to run any more, in milliseconds: an environment whose rollout is stuck still
 * runs some, and another deploy may have put them there a moment ago.
 */
const kept = 24 * 60 * 60_000
/** Holds the state roots whose environments use the store: several may share a cache. */
const rootsDirectory = "roots"

/** Removes programs that no environment has named for a day. Call it before a new spec takes the place of the old. */
export async function sweepPrograms(store: string, now = Date.now()): Promise<void> {
  await mkdir(store, { recursive: true })
  const used = new Set((await stateRoots(store)).flatMap(programsOf))
  for (const entry of await readdir(store)) {
    if (entry === rootsDirectory) continue
    const path = join(store, entry)
    if (used.has(entry)) await utimes(path, new Date(now), new Date(now))
    else if (now - (await stat(path)).mtimeMs > kept) await rm(path, { recursive: true, force: true })
  }
}

/** This one, from now on, and all others that are still there. */
async function stateRoots(store: string): Promise<string[]> {
  const directory = join(store, rootsDirectory)
  const own = stateRoot()
  const ownEntry = join(directory, fingerprint(own, 12))
  if (!existsSync(ownEntry)) await writeDurably(ownEntry, own)
  const roots: string[] = []
  for (const entry of await readdir(directory)) {
    const root = await readFile(join(directory, entry), "utf8")
    if (existsSync(root)) roots.push(root)
    else await rm(join(directory, entry), { force: true })
  }
  return roots
}

function programsOf(root: string): string[] {
  // One that cannot be read must not look like an empty one.
  accessSync(root, constants.R_OK | constants.X_OK)
  const specs = globSync(["*/*/{witness,entry}/spec.json", "*/*/regions/*/spec.json"], { cwd: root })
  return specs.flatMap(file => {
    const { bundles = {} } = JSON.parse(readFileSync(join(root, file), "utf8")) as { bundles?: Record<string, string> }
    return Object.entries(bundles).map(([name, print]) => programDirectory(name, print))
  })
}

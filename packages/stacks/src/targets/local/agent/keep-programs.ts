import { randomUUID } from "node:crypto"
import { existsSync } from "node:fs"
import { mkdir, rename, rm, utimes } from "node:fs/promises"
import { join } from "node:path"
import { type InstalledProgram, installedProgram } from "../../../build-info.ts"
import { ChatopsError } from "../../../errors/chatops-error.ts"
import { syncDirectory } from "../../../process/durable-file.ts"
import { copyProgram } from "./copy-program.ts"
import { type Bundles, programDirectory } from "./program-store.ts"

type Installed = (name: string) => InstalledProgram | undefined

/**
 * Puts into the store what is not there yet, of what is installed. Throws AGENT_FAILED when that is no longer what was
 * asked for, because it is being built or was.
 */
export async function keepPrograms(store: string, bundles: Bundles, installed: Installed = installedProgram) {
  await Promise.all(Object.entries(bundles).map(([name, wanted]) => keepProgram(store, name, wanted, installed)))
}

async function keepProgram(store: string, name: string, wanted: string, installed: Installed): Promise<void> {
  const home = join(store, programDirectory(name, wanted))
  // First of all: whoever tidies up leaves alone what was wanted lately.
  await utimes(home, new Date(), new Date()).catch(() => undefined)
  const source = installed(name)
  const files = source?.fingerprint === wanted ? source.files : [`${name}.js`]
  const isWhole = () => files.every(file => existsSync(join(home, file)))
  if (isWhole()) return
  const draft = join(store, `.${programDirectory(name, wanted)}.${randomUUID()}`)
  try {
    if (source?.fingerprint !== wanted) throw builtAnew(name)
    await mkdir(store, { recursive: true })
    await copyProgram(name, source, draft)
    // A build removes its record first and writes it last: now all that was read belongs together.
    if (installed(name)?.fingerprint !== wanted) throw builtAnew(name)
    await putInPlace(draft, home, isWhole)
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === "ENOENT" ? builtAnew(name, error) : error
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
  await syncDirectory(store)
}

/** Another process may have put the same there; and somebody may have removed a part of what was there. */
async function putInPlace(draft: string, home: string, isWhole: () => boolean): Promise<void> {
  try {
    await rename(draft, home)
  } catch (error) {
    if (!existsSync(home)) throw error
    if (isWhole()) return
    await rm(home, { recursive: true, force: true })
    await rename(draft, home)
  }
}

const builtAnew = (name: string, cause?: unknown): ChatopsError =>
  new ChatopsError("AGENT_FAILED", `the program ${name} is being built anew, or was since this began`, {
    hint: "Wait for the build to end, then run `chatops deploy` again.",
    cause,
  })

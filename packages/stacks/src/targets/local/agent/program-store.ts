import { join } from "node:path"
import { cacheDirectory } from "../../../state/state-directory.ts"

/** Fingerprints of programs, by name. */
export type Bundles = Readonly<Record<string, string>>

/**
 * Holds copies of the programs that agents run, each in a directory named after its content: a build, another version in
 * the checkout or the checkout's end changes nothing for what was deployed, and what crashes is started again as it was.
 */
export const programStore = (): string => join(cacheDirectory(), "programs")

/** Name of a program's directory in a store. */
export const programDirectory = (name: string, fingerprint: string): string => `${name}-${fingerprint}`

/** Where a program lies in a store. */
export const storedProgram = (store: string, name: string, fingerprint: string): string =>
  join(store, programDirectory(name, fingerprint), `${name}.js`)

import { readFileSync } from "node:fs"
import { join } from "node:path"
import { writeWhole } from "../../../process/durable-file.ts"
import { isAlive, type ProcessIdentity, signal } from "../../../process/process-identity.ts"
import { untilTrue } from "./until.ts"

/** Children by name, on disk, so that the next agent can end what this one could not. */
export class Leftovers {
  readonly #file: string
  readonly #children: Map<string, ProcessIdentity>

  constructor(directory: string) {
    this.#file = join(directory, "children.json")
    this.#children = new Map(Object.entries(read(this.#file)))
  }

  /** Never throws: a full disk is no reason to end what was just started. */
  remember(name: string, identity: ProcessIdentity): void {
    this.#children.set(name, identity)
    try {
      writeWhole(this.#file, JSON.stringify(Object.fromEntries(this.#children)))
    } catch (error) {
      process.stderr.write(`${name} (pid ${identity.pid}) could not be remembered: ${(error as Error).message}\n`)
    }
  }

  /**
   * Ends what a killed agent left running. It could go on serving, but nobody would restart it, and a database
   * must go through the witness again before it serves (rule 5).
   */
  async end(): Promise<void> {
    await Promise.all([...this.#children].map(([name, identity]) => endChild(name, identity)))
    this.#children.clear()
  }
}

/** Signals in order, and how long each may take, in milliseconds. */
const forDatabase = [
  ["SIGINT", 15_000],
  ["SIGQUIT", 5_000],
  ["SIGKILL", 15_000],
] as const
const forOthers = [["SIGKILL", 15_000]] as const

/** Ends one child that is nobody's any more: a database cleanly if it can be, anything else at once. */
export async function endChild(name: string, identity: ProcessIdentity): Promise<void> {
  for (const [signalName, patience] of name === "database" ? forDatabase : forOthers) {
    if (!signal(identity, signalName)) return
    // A frozen process hears nothing else but SIGKILL until it goes on.
    signal(identity, "SIGCONT")
    const gone = untilTrue(undefined, () => !isAlive(identity), AbortSignal.timeout(patience))
    if (
      await gone.then(
        () => true,
        () => false,
      )
    )
      return
  }
  throw new Error(`${name} (pid ${identity.pid}) survives SIGKILL`)
}

function read(file: string): Record<string, ProcessIdentity> {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Record<string, ProcessIdentity>
  } catch {
    return {}
  }
}

/** The newest child of each name, living or not, of whatever agent this directory had. */
export const rememberedChildren = (directory: string): Record<string, ProcessIdentity> =>
  read(join(directory, "children.json"))

/** Whether children of a dead agent still run, and so still own their ports. */
export function leftoversAlive(directory: string): boolean {
  return Object.values(rememberedChildren(directory)).some(isAlive)
}

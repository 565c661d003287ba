import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
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

  remember(name: string, identity: ProcessIdentity): void {
    this.#children.set(name, identity)
    writeFileSync(this.#file, JSON.stringify(Object.fromEntries(this.#children)), { mode: 0o600 })
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

async function endChild(name: string, identity: ProcessIdentity): Promise<void> {
  const isDatabase = name === "database"
  const gone = (deadline: number) => untilTrue(undefined, () => !isAlive(identity), AbortSignal.timeout(deadline))
  if (!signal(identity, isDatabase ? "SIGINT" : "SIGKILL")) return
  try {
    await gone(15_000)
  } catch {
    signal(identity, isDatabase ? "SIGQUIT" : "SIGKILL")
    await gone(15_000)
  }
}

function read(file: string): Record<string, ProcessIdentity> {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Record<string, ProcessIdentity>
  } catch {
    return {}
  }
}

/** Whether children of a dead agent still run, and so still own their ports. */
export function leftoversAlive(directory: string): boolean {
  return Object.values(read(join(directory, "children.json"))).some(isAlive)
}

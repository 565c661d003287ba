import type { Supervisor } from "../../../failover/protocol/supervisor.ts"
import { readIfExists, writeDurably } from "../../../process/durable-file.ts"

type Seen = Supervisor["seen"]

/** The highest epoch and version that a supervisor was ever shown, on disk (rule 8). */
export class SupervisorMemory {
  readonly #file: string

  constructor(file: string) {
    this.#file = file
  }

  /** Throws when there is a file that says nothing: to forget is what it is there against. */
  async read(): Promise<Seen> {
    const content = await readIfExists(this.#file)
    if (content === undefined) return { epoch: 0, version: 0 }
    const { epoch, version } = JSON.parse(content) as Seen
    if (!Number.isInteger(epoch) || !Number.isInteger(version)) throw new Error(`${this.#file} cannot be read`)
    return { epoch, version }
  }

  write(seen: Seen): Promise<void> {
    return writeDurably(this.#file, JSON.stringify(seen))
  }
}

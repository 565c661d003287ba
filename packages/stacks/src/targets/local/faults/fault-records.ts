import { existsSync, readdirSync } from "node:fs"
import { readdir, rm } from "node:fs/promises"
import { join } from "node:path"
import * as z from "zod"
import { Fault } from "../../../drill/fault.ts"
import { readIfExists, writeDurably } from "../../../process/durable-file.ts"

const Milliseconds = z.number()

/** A fault as it lies on disk, from before anything is broken until nothing is any more. */
const FaultRecord = z.strictObject({
  id: z.string(),
  fault: Fault,
  /** The process that heals it. When that is dead, whoever looks next does. */
  holder: z.strictObject({ pid: z.int().positive(), started: z.string() }),
  /** Since 1970; null while it is being made. */
  effect: z.strictObject({ madeAt: Milliseconds, healsAt: Milliseconds }).nullable(),
  /** What healing takes, in the form of its kind; absent while nothing is broken. */
  broken: z.json().optional(),
})
export type FaultRecord = z.infer<typeof FaultRecord>

/** Faults of one environment, a file each. */
export class FaultRecords {
  readonly #directory: string

  constructor(state: string) {
    this.#directory = directoryOf(state)
  }

  /** Whoever adds one holds it. */
  get lock(): string {
    return join(this.#directory, "making.lock")
  }

  async all(): Promise<FaultRecord[]> {
    const names = await readdir(this.#directory).catch(() => [])
    const ids = names.filter(name => name.endsWith(".json")).map(name => name.slice(0, -".json".length))
    const found = await Promise.all(ids.map(id => this.find(id)))
    return found.filter(record => record !== undefined)
  }

  /** Nothing when it is over, or when another version of chatops wrote it: its holder knows how it heals. */
  async find(id: string): Promise<FaultRecord | undefined> {
    const content = await readIfExists(this.#file(id))
    return content === undefined ? undefined : FaultRecord.safeParse(JSON.parse(content)).data
  }

  write(record: FaultRecord): Promise<void> {
    return writeDurably(this.#file(record.id), JSON.stringify(record))
  }

  remove(id: string): Promise<void> {
    return rm(this.#file(id), { force: true })
  }

  #file(id: string): string {
    return join(this.#directory, `${id}.json`)
  }
}

/** Whether a fault is in effect, or may be; from the state directory alone. */
export const hasFaults = (state: string): boolean =>
  existsSync(directoryOf(state)) && readdirSync(directoryOf(state)).some(name => name.endsWith(".json"))

const directoryOf = (state: string): string => join(state, "faults")

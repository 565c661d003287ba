import { join } from "node:path"
import * as z from "zod"
import type { LostTurns } from "../../../environment-state.ts"
import { readIfExists, writeDurably } from "../../../process/durable-file.ts"

const Recorded = z.strictObject({
  epoch: z.int(),
  primary: z.string().nullable(),
  claim: z.enum(["async", "forced"]).nullable(),
  turns: z.int().min(0),
  repeated: z.int().min(0),
  file: z.string().nullable(),
})

export const lostTurnsDirectory = (regionDirectory: string): string => join(regionDirectory, "lost-turns")

/** What was last found to be lost, on disk. */
export class LostTurnRecord {
  readonly #file: string

  constructor(regionDirectory: string) {
    this.#file = join(lostTurnsDirectory(regionDirectory), "latest.json")
  }

  /** What cannot be read is no reason not to serve: the turns themselves are in a file of their own. */
  async read(): Promise<LostTurns | null> {
    try {
      const content = await readIfExists(this.#file)
      return content === undefined ? null : Recorded.parse(JSON.parse(content))
    } catch {
      return null
    }
  }

  write(lost: LostTurns): Promise<void> {
    return writeDurably(this.#file, JSON.stringify(lost))
  }
}

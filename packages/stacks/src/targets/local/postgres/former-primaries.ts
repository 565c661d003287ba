import { existsSync } from "node:fs"
import { readdir, rename, rm } from "node:fs/promises"
import { join } from "node:path"
import { Register } from "@chatops/runtime/contract"
import type * as z from "zod"
import { readIfExists, syncDirectory, writeDurably } from "../../../process/durable-file.ts"

/** Who was primary when a former primary's directory was left, and how it had come to that. */
export const Successor = Register.pick({ epoch: true, primary: true, claim: true })
export type Successor = z.infer<typeof Successor>

export interface FormerPrimary {
  readonly incarnation: string
  readonly path: string
  /** Null: what was noted of it cannot be read. */
  readonly successor: Successor | null
}

/**
 * Whether a successor surely has all that was acknowledged in the epoch that a directory led, or came to follow: it was in
 * sync, and not merely the last of several after it; or the directory has followed it.
 */
export const lacksNothing = ({ epoch, claim }: Successor, led: number): boolean =>
  led >= epoch || (claim === "in-sync" && epoch === led + 1)

const markOf = (incarnation: string): string => `${incarnation}.former`
const absent = (error: NodeJS.ErrnoException): string[] => {
  if (error.code === "ENOENT") return []
  throw error
}
/** What is being removed: a crash on the way must not leave a half of it that looks whole. */
const removed = "removed-"

/**
 * Directories of former primaries that are no more the region's data, beside those that are. Each holds what it
 * acknowledged and nobody else has, and stays until that was read (rule 10): a mark beside it says so.
 */
export class FormerPrimaries {
  readonly #root: string

  constructor(root: string) {
    this.#root = root
  }

  /**
   * From here on this directory stays, whatever becomes the region's data. Who took its place is kept as it was first
   * said, unless that was in an earlier life: not after the epoch that the directory is known to have led.
   */
  async keep(incarnation: string, successor: Successor, led: number | undefined): Promise<void> {
    const before = await this.#successorOf(incarnation)
    if (before && (led === undefined || before.epoch > led)) return
    await writeDurably(join(this.#root, markOf(incarnation)), JSON.stringify(successor))
  }

  /** Names below the root that are not to be removed. */
  async names(): Promise<Set<string>> {
    return new Set((await this.#incarnations()).flatMap(incarnation => [incarnation, markOf(incarnation)]))
  }

  /** Those that are to be read, the oldest first. `current` may only become one yet. */
  async unread(current: string | null): Promise<FormerPrimary[]> {
    const former: FormerPrimary[] = []
    for (const incarnation of await this.#incarnations()) {
      const path = join(this.#root, incarnation)
      if (incarnation === current) continue
      if (existsSync(path)) former.push({ incarnation, path, successor: await this.#successorOf(incarnation) })
      else await this.remove(incarnation)
    }
    return former.toSorted((one, other) => (one.successor?.epoch ?? 0) - (other.successor?.epoch ?? 0))
  }

  /** It was read. */
  async remove(incarnation: string): Promise<void> {
    const path = join(this.#root, incarnation)
    const going = join(this.#root, `${removed}${incarnation}`)
    if (existsSync(path)) await rename(path, going)
    await syncDirectory(this.#root)
    await rm(going, { recursive: true, force: true })
    await rm(join(this.#root, markOf(incarnation)), { force: true })
  }

  async #incarnations(): Promise<string[]> {
    const entries = await readdir(this.#root).catch(absent)
    return entries.filter(entry => entry.endsWith(markOf(""))).map(entry => entry.slice(0, -markOf("").length))
  }

  async #successorOf(incarnation: string): Promise<Successor | null> {
    try {
      return Successor.parse(JSON.parse((await readIfExists(join(this.#root, markOf(incarnation)))) ?? ""))
    } catch {
      return null
    }
  }
}

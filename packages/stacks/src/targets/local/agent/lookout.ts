import { setTimeout as delay } from "node:timers/promises"
import { isDeepStrictEqual } from "node:util"
import * as z from "zod"
import type { EnvironmentState } from "../../../environment-state.ts"
import type { WatcherAction } from "../../../failover/watcher-journal.ts"
import type { Announcement } from "../../../notify/notify-event.ts"
import {
  Answer,
  knownAnswers,
  type ReadinessWatch,
  readinessNow,
  watchReadiness,
} from "../../../notify/readiness-changes.ts"
import { readIfExists, writeDurably } from "../../../process/durable-file.ts"

/** In milliseconds. */
const lookEvery = 2_000

/** What receivers know, so that what changes while nobody looks is told of later, and nothing anew. */
const Told = z.strictObject({
  answer: Answer.nullable(),
  /** Epochs of the watcher's failovers that were told of, as far as its journal reaches: a time could come again. */
  epochs: z.array(z.int()),
})
type Told = z.infer<typeof Told>

export interface LookoutParts {
  /** Where it keeps what was told. */
  readonly file: string
  readonly inspect: () => Promise<EnvironmentState>
  /** What the watcher did, the oldest first. */
  readonly actions: () => readonly WatcherAction[]
  readonly tell: (announcement: Announcement) => Promise<void>
  readonly every?: number
  /** Milliseconds, by a clock that nobody sets. */
  readonly now?: () => number
}

/** The continuous preflight: looks whether a failover would succeed, and tells of a change, and of the watcher's failovers. */
export class Lookout {
  readonly #parts: LookoutParts
  readonly #stop = new AbortController()

  constructor(parts: LookoutParts) {
    this.#parts = parts
    void this.#watch().catch(() => undefined)
  }

  stop(): void {
    this.#stop.abort(new Error("stopping"))
  }

  async #watch(): Promise<void> {
    const { file, every = lookEvery, actions } = this.#parts
    const { signal } = this.#stop
    let told = (await readTold(file)) ?? { answer: null, epochs: epochsOf(actions()) }
    let watch: ReadinessWatch = { told: told.answer, other: null }
    const keep = async (next: Told) => {
      if (!isDeepStrictEqual(next, told)) await writeDurably(file, JSON.stringify(next))
      told = next
    }
    // What starts after this has to be told of, also if this ends before it happens.
    await writeDurably(file, JSON.stringify(told)).catch(() => undefined)
    while (!signal.aborted) {
      try {
        await keep({ ...told, epochs: await this.#tellOfActions(told.epochs) })
        watch = await this.#look(watch)
        await keep({ ...told, answer: watch.told })
      } catch {
        // A full disk, mostly. What was not told of now is at a later look.
      }
      await delay(every, undefined, { signal }).catch(() => undefined)
    }
  }

  async #tellOfActions(known: readonly number[]): Promise<number[]> {
    const actions = this.#parts.actions()
    const due = actions.filter(({ epoch }) => !known.includes(epoch))
    for (const { from, to, epoch, milliseconds, claim, mayBeLost, at } of due) {
      const data = { from, to, epoch, by: "watcher", planned: false, milliseconds, claim, mayBeLost } as const
      await this.#parts.tell({ type: "failover.finished", timestamp: at, data })
    }
    return epochsOf(actions)
  }

  async #look(watch: ReadinessWatch): Promise<ReadinessWatch> {
    const { inspect, tell, now = () => performance.now() } = this.#parts
    const readiness = readinessNow(await inspect(), knownAnswers(watch))
    if (readiness === undefined || this.#stop.signal.aborted) return watch
    const lookedAt = now()
    const { changed, ...next } = watchReadiness(watch, readiness, lookedAt)
    if (changed === undefined) return next
    const timestamp = new Date(Date.now() - (lookedAt - changed)).toISOString()
    await tell({ type: "readiness.changed", timestamp, data: readiness })
    return next
  }
}

const epochsOf = (actions: readonly WatcherAction[]): number[] => actions.map(({ epoch }) => epoch)

/** Undefined: whoever begins to look knows nothing, and tells nothing of what was before. */
async function readTold(file: string): Promise<Told | undefined> {
  try {
    return Told.parse(JSON.parse((await readIfExists(file)) ?? ""))
  } catch {
    return undefined
  }
}

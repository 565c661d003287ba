import { setTimeout as delay } from "node:timers/promises"
import { isDeepStrictEqual } from "node:util"
import * as z from "zod"
import type { EnvironmentState } from "../../../environment-state.ts"
import type { WatcherAction } from "../../../failover/watcher-journal.ts"
import type { Announcement } from "../../../notify/notify-event.ts"
import { Answer, type ReadinessWatch, readinessNow, watchReadiness } from "../../../notify/readiness-changes.ts"
import { readIfExists, writeDurably } from "../../../process/durable-file.ts"

/** In milliseconds. */
const lookEvery = 2_000

/** What receivers know, so that what changes while nobody looks is told of later, and nothing anew. */
const Told = z.strictObject({
  answer: Answer.nullable(),
  /** Time of the watcher's last action that was told of. */
  actionsUntil: z.iso.datetime(),
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
    const { file, every = lookEvery } = this.#parts
    const { signal } = this.#stop
    let told = await readTold(file)
    let watch: ReadinessWatch = { told: told.answer, other: null }
    const keep = async (next: Told) => {
      if (!isDeepStrictEqual(next, told)) await writeDurably(file, JSON.stringify(next))
      told = next
    }
    // What starts after this has to be told of, also if this ends before it happens.
    await writeDurably(file, JSON.stringify(told)).catch(() => undefined)
    while (!signal.aborted) {
      try {
        await keep({ ...told, actionsUntil: await this.#tellOfActions(told.actionsUntil) })
        watch = await this.#look(watch)
        await keep({ ...told, answer: watch.told })
      } catch {
        // A full disk, mostly. What was not told of now is at a later look.
      }
      await delay(every, undefined, { signal }).catch(() => undefined)
    }
  }

  async #tellOfActions(until: string): Promise<string> {
    const due = this.#parts.actions().filter(({ at }) => at > until)
    for (const { from, to, epoch, milliseconds, claim, mayBeLost, at } of due) {
      const data = { from, to, epoch, by: "watcher", planned: false, milliseconds, claim, mayBeLost } as const
      await this.#parts.tell({ type: "failover.finished", timestamp: at, data })
    }
    return due.at(-1)?.at ?? until
  }

  async #look(watch: ReadinessWatch): Promise<ReadinessWatch> {
    const readiness = readinessNow(await this.#parts.inspect())
    if (readiness === undefined || this.#stop.signal.aborted) return watch
    const now = Date.now()
    const { changed, ...next } = watchReadiness(watch, readiness, now)
    if (changed !== undefined)
      await this.#parts.tell({
        type: "readiness.changed",
        timestamp: new Date(changed).toISOString(),
        data: readiness,
      })
    return next
  }
}

/** Whoever begins to look knows nothing, and tells nothing of what was before. */
async function readTold(file: string): Promise<Told> {
  try {
    return Told.parse(JSON.parse((await readIfExists(file)) ?? ""))
  } catch {
    return { answer: null, actionsUntil: new Date().toISOString() }
  }
}

import { setTimeout as delay } from "node:timers/promises"
import type pg from "pg"
import { walBytes } from "../../../wal-position.ts"
import { CommitHistory, lookEvery } from "./commit-history.ts"
import type { RegionDatabase } from "./region-database.ts"

const look = "select pg_current_snapshot()::text as snapshot, pg_current_wal_flush_lsn()::text as position"

/** Keeps the history of a primary's commits, over one connection of its own, as long as it is primary. */
export class CommitClock {
  readonly #database: Pick<RegionDatabase, "query">
  #watching: AbortController | undefined
  #history = new CommitHistory()

  constructor(database: Pick<RegionDatabase, "query">) {
    this.#database = database
  }

  get history(): CommitHistory {
    return this.#history
  }

  /** The next primary's history is another one. */
  watch(isPrimary: boolean): void {
    if (isPrimary === (this.#watching !== undefined)) return
    this.#watching?.abort(new Error("stopping"))
    this.#watching = undefined
    if (!isPrimary) return
    this.#history = new CommitHistory()
    this.#watching = new AbortController()
    void this.#watch(this.#history, this.#watching.signal)
  }

  async #watch(history: CommitHistory, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#database.query("postgres", client => follow(client, history, signal)).catch(() => undefined)
      await delay(lookEvery, undefined, { signal, ref: false }).catch(() => undefined)
    }
  }
}

async function follow(client: pg.Client, history: CommitHistory, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    // What is seen is no younger than the answer: a position is read after the snapshot was taken.
    const { rows } = await client.query<{ snapshot: string; position: string }>(look)
    const [row] = rows
    if (row !== undefined && !signal.aborted) history.note(performance.now(), row.snapshot, walBytes(row.position))
    await delay(lookEvery, undefined, { signal, ref: false })
  }
}

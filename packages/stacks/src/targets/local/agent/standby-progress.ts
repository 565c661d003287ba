import { setTimeout as delay } from "node:timers/promises"
import type pg from "pg"
import type { Progress } from "../../../failover/watching.ts"
import { walBytes } from "../../../wal-position.ts"
import type { RegionDatabase } from "../postgres/region-database.ts"

/** In milliseconds. */
const lookEvery = 250

/** Before the first record of a stream has come, what was received is not known, and what was replayed is. */
const look = `
  select greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())::text as position,
         extract(epoch from pg_last_xact_replay_timestamp())::float8 * 1000 as "committedAt"`

/**
 * Keeps in mind how far a standby has come, over one connection of its own: a watcher has to know it at once when the
 * primary is lost, and nobody can wait for a database then.
 */
export class StandbyProgress {
  readonly #database: Pick<RegionDatabase, "query">
  #watching: AbortController | undefined
  #progress: Progress | null = null

  constructor(database: Pick<RegionDatabase, "query">) {
    this.#database = database
  }

  /** Null while it is no standby, and before the first answer. */
  get present(): Progress | null {
    return this.#progress
  }

  watch(isStandby: boolean): void {
    if (isStandby === (this.#watching !== undefined)) return
    this.#watching?.abort(new Error("stopping"))
    this.#watching = undefined
    this.#progress = null
    if (!isStandby) return
    this.#watching = new AbortController()
    void this.#watch(this.#watching.signal)
  }

  async #watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#database.query("postgres", client => this.#follow(client, signal)).catch(() => undefined)
      await delay(lookEvery, undefined, { signal, ref: false }).catch(() => undefined)
    }
  }

  async #follow(client: pg.Client, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const { rows } = await client.query<{ position: string | null; committedAt: number | null }>(look)
      const { position = null, committedAt = null } = rows[0] ?? {}
      if (signal.aborted) return
      this.#progress = position === null ? null : progress(position, committedAt)
      await delay(lookEvery, undefined, { signal, ref: false })
    }
  }
}

const progress = (position: string, committedAt: number | null): Progress => ({
  position: Number(walBytes(position)),
  committedAt: committedAt === null ? null : new Date(committedAt).toISOString(),
})

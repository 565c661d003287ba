import { randomUUID } from "node:crypto"
import type pg from "pg"
import type { RegionDatabase } from "./region-database.ts"

/** Milliseconds after which a count is given up: what is granted next must not wait for a database that stands still. */
const countPatience = 1_000

export interface Granted {
  /** Nobody confirms what this primary acknowledges. */
  readonly alone: boolean
  /** Milliseconds. */
  readonly length: number
}

/**
 * The row by which runtimes know how long this primary may be believed; `LeaseEvidence` in the runtime says what follows
 * from it. One change at a time. A change without an answer may still come about, so that nothing is counted after it
 * under the same name: it is granted anew.
 */
export class LeaseRow {
  readonly #database: Pick<RegionDatabase, "ask">
  readonly #name: string
  #granted: Granted | undefined
  /** Undefined after a change whose outcome is not known. */
  #grantor: string | undefined
  #last: Promise<unknown> = Promise.resolve()

  /** `name`: the runtimes' database. */
  constructor(database: Pick<RegionDatabase, "ask">, name: string) {
    this.#database = database
    this.#name = name
  }

  /** Says it anew: numbers of before say nothing any more. */
  grant(granted: Granted): Promise<void> {
    return this.#afterTheLast(() => this.#grant(granted))
  }

  /** Counts one more answer of the witness, while alone. When this resolves it is seen by whoever looks. */
  renew(): Promise<void> {
    return this.#afterTheLast(async () => {
      if (this.#granted?.alone !== true) return
      const grantor = this.#grantor
      if (grantor === undefined) return await this.#grant(this.#granted)
      this.#grantor = undefined
      await this.#count(grantor)
      this.#grantor = grantor
    })
  }

  /** Only over what is there now: an earlier grant that nobody knows the end of comes to nothing after it. */
  async #grant(granted: Granted): Promise<void> {
    const { alone, length } = granted
    const grantor = randomUUID()
    this.#granted = granted
    this.#grantor = undefined
    await this.#database.ask(this.#name, async client => {
      const { rows } = await client.query<{ grantor: string }>("select grantor from chatops.lease")
      await client.query("begin; set local synchronous_commit to off")
      const { rowCount } = await client.query(
        `insert into chatops.lease (grantor, renewal, alone, length) values ($1, 0, $2, $3)
         on conflict (only_row) do update
         set grantor = excluded.grantor, renewal = 0, alone = excluded.alone, length = excluded.length
         where lease.grantor = $4`,
        [grantor, alone, length, rows[0]?.grantor ?? ""],
      )
      await client.query("commit")
      if (rowCount !== 1) throw new Error("an earlier grant came between")
    })
    this.#grantor = grantor
  }

  /** It is no part of the log, and nobody else has to have it. */
  async #count(grantor: string): Promise<void> {
    const text = `begin; set local synchronous_commit to off;
                  update chatops.lease set renewal = renewal + 1 where grantor = '${grantor}'; commit`
    const query: pg.QueryConfig & { query_timeout: number } = { text, query_timeout: countPatience }
    await this.#database.ask(this.#name, client => client.query(query))
  }

  #afterTheLast(work: () => Promise<void>): Promise<void> {
    const done = this.#last.then(work)
    this.#last = done.catch(() => undefined)
    return done
  }
}

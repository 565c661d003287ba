import { randomUUID } from "node:crypto"
import { countsPerGrant } from "@chatops/runtime/contract"
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
 * By which runtimes know how long this primary may be believed; `LeaseEvidence` in the runtime says what follows from it.
 * One change at a time. A change without an answer may still come about, so that nothing is counted after it under the
 * same grant: it is granted anew.
 */
export class LeaseRow {
  readonly #database: Pick<RegionDatabase, "ask">
  readonly #name: string
  #granted: Granted | undefined
  /** The last count; undefined after a change whose outcome is not known. */
  #count: number | undefined
  #last: Promise<unknown> = Promise.resolve()

  /** `name`: the runtimes' database. */
  constructor(database: Pick<RegionDatabase, "ask">, name: string) {
    this.#database = database
    this.#name = name
  }

  /** Says it anew: counts of before say nothing any more. */
  grant(granted: Granted): Promise<void> {
    return this.#afterTheLast(() => this.#grant(granted))
  }

  /** Counts one more answer of the witness, while alone. When this resolves it is seen by whoever looks. */
  renew(): Promise<void> {
    return this.#afterTheLast(async () => {
      if (this.#granted?.alone !== true) return
      const next = (this.#count ?? -1) + 1
      if (next % countsPerGrant === 0) return await this.#grant(this.#granted)
      this.#count = undefined
      // A sequence that is not logged: no commit, no number of a transaction, nothing that a standby would lack.
      const query: pg.QueryConfig & { query_timeout: number } = { text: setCount(next), query_timeout: countPatience }
      await this.#database.ask(this.#name, client => client.query(query))
      this.#count = next
    })
  }

  /** Only over what is there now: an earlier grant that nobody knows the end of comes to nothing after it. */
  async #grant(granted: Granted): Promise<void> {
    const { alone, length } = granted
    this.#granted = granted
    this.#count = undefined
    this.#count = await this.#database.ask(this.#name, async client => {
      const { rows } = await client.query<{ grantor: string | null; count: string }>(
        "select (select grantor from chatops.lease), last_value as count from chatops.lease_renewals",
      )
      if (rows.length === 0) await client.query(madeAnew)
      const first = (Math.floor(Number(rows[0]?.count ?? 0) / countsPerGrant) + 1) * countsPerGrant
      await client.query("begin; set local synchronous_commit to off")
      const { rowCount } = await client.query(
        `insert into chatops.lease (grantor, alone, length) values ($1, $2, $3)
         on conflict (only_row) do update
         set grantor = excluded.grantor, alone = excluded.alone, length = excluded.length
         where lease.grantor = $4`,
        [randomUUID(), alone, length, rows[0]?.grantor ?? ""],
      )
      await client.query("commit")
      if (rowCount !== 1) throw new Error("an earlier grant came between")
      await client.query(setCount(first))
      return first
    })
  }

  #afterTheLast(work: () => Promise<void>): Promise<void> {
    const done = this.#last.then(work)
    this.#last = done.catch(() => undefined)
    return done
  }
}

/**
 * A standby that has had no restart point since it replayed the making of a sequence that is not logged does not have its
 * first page on disk, from which a promotion begins (`seq_redo` of PostgreSQL 18 does not write it through): it is empty.
 */
const madeAnew = `
begin; set local synchronous_commit to off;
drop sequence chatops.lease_renewals;
create unlogged sequence chatops.lease_renewals;
alter sequence chatops.lease_renewals owner to owner;
grant select on chatops.lease_renewals to runtime;
commit`

const setCount = (count: number): string => `select setval('chatops.lease_renewals', ${count})`

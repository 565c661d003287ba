import { randomUUID } from "node:crypto"
import type { RegionDatabase } from "./region-database.ts"

/** By which runtimes know how long this primary may be believed: `LeaseEvidence` in the runtime says what follows from it. */
export class LeaseRow {
  readonly #database: Pick<RegionDatabase, "ask">
  readonly #name: string
  #grantor: string | undefined

  /** `name`: the runtimes' database. */
  constructor(database: Pick<RegionDatabase, "ask">, name: string) {
    this.#database = database
    this.#name = name
  }

  /** Says it anew: numbers of before say nothing any more. */
  async grant({ alone, length }: { readonly alone: boolean; readonly length: number }): Promise<void> {
    const grantor = randomUUID()
    await this.#change(`insert into chatops.lease (grantor, renewal, alone, length)
                        values ('${grantor}', 0, ${alone}, ${length})
                        on conflict (only_row) do update
                        set grantor = excluded.grantor, renewal = 0, alone = excluded.alone, length = excluded.length`)
    this.#grantor = grantor
  }

  /** Counts one more answer of the witness. When this resolves it is seen by whoever looks. */
  async renew(): Promise<void> {
    if (this.#grantor === undefined) return
    await this.#change(`update chatops.lease set renewal = renewal + 1 where grantor = '${this.#grantor}'`)
  }

  /** It is no part of the log, and nobody else has to have it. */
  async #change(text: string): Promise<void> {
    await this.#database.ask(this.#name, client =>
      client.query(`begin; set local synchronous_commit to off; ${text}; commit`),
    )
  }
}

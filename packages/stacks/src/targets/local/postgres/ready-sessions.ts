import type pg from "pg"

/**
 * Superuser's sessions that are kept open, one to each database asked for: to log in takes longer than what is asked in
 * a failover, and then the machine is at its busiest. Work must leave a session as it found it.
 */
export class ReadySessions {
  readonly #open: (database: string) => Promise<pg.Client>
  readonly #idle = new Map<string, pg.Client>()
  /** Ended by the server, or with it. */
  readonly #ended = new WeakSet<pg.Client>()

  constructor(open: (database: string) => Promise<pg.Client>) {
    this.#open = open
  }

  /** Has a session ready, if the server gives one. */
  async warm(database: string): Promise<void> {
    await this.use(database, async () => undefined).catch(() => undefined)
  }

  /** Work on a session that nobody else has meanwhile. Throws what `pg` throws. */
  async use<Result>(database: string, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
    const client = this.#take(database) ?? (await this.#begin(database))
    try {
      const result = await work(client)
      if (!this.#ended.has(client)) this.#giveBack(database, client)
      else await end(client)
      return result
    } catch (error) {
      // Nobody knows what it was left in.
      await end(client)
      throw error
    }
  }

  #take(database: string): pg.Client | undefined {
    const client = this.#idle.get(database)
    this.#idle.delete(database)
    return client
  }

  async #begin(database: string): Promise<pg.Client> {
    const client = await this.#open(database)
    client.once("end", () => {
      this.#ended.add(client)
      if (this.#idle.get(database) === client) this.#idle.delete(database)
    })
    return client
  }

  #giveBack(database: string, client: pg.Client): void {
    if (this.#idle.has(database)) void end(client)
    else this.#idle.set(database, client)
  }
}

const end = (client: pg.Client): Promise<void> => client.end().catch(() => undefined)

import { wasUndone } from "./classify-failure.ts"
import { commitOne, inTransaction, type Transaction } from "./commit.ts"
import { DatabaseBusy, DatabaseUnavailable, SessionLost } from "./database-error.ts"
import {
  type DatabaseHost,
  type DatabaseTimeouts,
  defaultTimeouts,
  type PrimaryDatabaseSettings,
} from "./database-settings.ts"
import type { Primary, PrimaryDatabase, Write } from "./primary-database.ts"
import { searchPrimary } from "./primary-search.ts"
import { openSession, type Session } from "./session.ts"
import { SessionPool } from "./session-pool.ts"
import type { Statement, Values } from "./statement.ts"

export function createPrimaryDatabase(settings: PrimaryDatabaseSettings): PrimaryDatabase {
  return new Primaries(settings)
}

class Primaries implements PrimaryDatabase {
  primary: Primary | undefined
  highestEpoch = 0
  readonly #settings: PrimaryDatabaseSettings
  readonly #timeouts: DatabaseTimeouts
  readonly #listeners = new Set<(primary: Primary | undefined) => void>()
  readonly #missed = new Map<string, string>()
  #pool: SessionPool | undefined
  #lastGood: DatabaseHost | undefined
  #search: AbortController | undefined
  #closed = false

  constructor(settings: PrimaryDatabaseSettings) {
    this.#settings = settings
    this.#timeouts = { ...defaultTimeouts, ...settings.timeouts }
    this.#startSearch()
  }

  get reasons(): readonly string[] {
    if (this.primary !== undefined) return []
    return this.#missed.size > 0 ? [...this.#missed.values()] : ["looking for the primary"]
  }

  read<Row>(query: Statement, values: Values = []): Promise<Row[]> {
    return this.#withSession(true, session => session.run<Row>(query, values))
  }

  commit<Row extends { epoch: number }>(write: Write): Promise<Row[]> {
    const work = (session: Session) =>
      commitOne<Row>(session, write.statement, write.values(this.highestEpoch), this.#guard())
    return this.#againWhenUndone(
      patience => this.#withSession(write.repeatable === true, work, patience),
      write.patience ?? this.#timeouts.primary,
    )
  }

  transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    return this.#againWhenUndone(
      patience => this.#withSession(false, session => inTransaction(session, work, this.#guard()), patience),
      this.#timeouts.primary,
    )
  }

  async session(): Promise<Session> {
    const deadline = performance.now() + this.#timeouts.primary
    for (;;) {
      await this.#waitForPool(deadline)
      const host = this.primary?.host
      if (host === undefined) continue
      try {
        return await this.#open(host)
      } catch (error) {
        if (!(error instanceof SessionLost)) throw error
        if (error.reason === "full") throw new DatabaseBusy("The database takes no more connections.", { cause: error })
        this.suspect(error.message)
      }
    }
  }

  suspect(reason: string): void {
    this.#pool?.end(new SessionLost(reason, { refused: false }))
  }

  onChange(listener: (primary: Primary | undefined) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#search?.abort()
    this.suspect("closed")
    this.#notify()
  }

  #guard() {
    return {
      commitTimeout: this.#timeouts.commit,
      onEpoch: (epoch: number): boolean => {
        if (epoch < this.highestEpoch) return false
        this.highestEpoch = epoch
        return true
      },
    }
  }

  /** Repeats what waited in vain, for a lock mostly, while there is patience left; once in any case. */
  async #againWhenUndone<T>(attempt: (patience: number) => Promise<T>, patience: number): Promise<T> {
    const deadline = performance.now() + patience
    for (let attempts = 1; ; attempts += 1) {
      try {
        return await attempt(Math.max(shortestPatience, deadline - performance.now()))
      } catch (error) {
        if (!wasUndone(error) || (attempts > 1 && performance.now() > deadline)) throw error
      }
    }
  }

  /** Runs the work on a session of the pool; on another primary's when the first refused it or `again` allows it. */
  async #withSession<T>(
    again: boolean,
    work: (session: Session) => Promise<T>,
    patience = this.#timeouts.primary,
  ): Promise<T> {
    const deadline = performance.now() + patience
    for (;;) {
      const pool = await this.#waitForPool(deadline)
      let session: Session | undefined
      // A primary that is found and lost again and again must not keep a request for ever.
      const last = performance.now() > deadline
      try {
        session = await pool.take(Math.max(1, deadline - performance.now()))
        return await work(session)
      } catch (error) {
        const repeatable = session === undefined || again || (error instanceof SessionLost && error.refused)
        if (!(error instanceof SessionLost || (again && hasCode(error, "commit_unknown")))) throw error
        pool.end(
          error instanceof SessionLost ? error : new SessionLost(String(error), { refused: false, cause: error }),
        )
        if (!repeatable || last) throw new DatabaseUnavailable("The database connection was lost.", { cause: error })
      } finally {
        if (session !== undefined) pool.giveBack(session)
      }
    }
  }

  async #waitForPool(deadline: number): Promise<SessionPool> {
    while (this.#pool === undefined) {
      const left = deadline - performance.now()
      if (this.#closed || left <= 0) throw new DatabaseUnavailable(`No primary database: ${this.reasons.join("; ")}`)
      await this.#nextChange(left)
    }
    return this.#pool
  }

  #nextChange(milliseconds: number): Promise<void> {
    return new Promise(resolve => {
      const done = () => {
        clearTimeout(timer)
        stop()
        resolve()
      }
      const timer = setTimeout(done, milliseconds)
      const stop = this.onChange(done)
    })
  }

  #startSearch(): void {
    const search = new AbortController()
    this.#search = search
    const others = this.#settings.hosts.filter(host => host !== this.#lastGood)
    searchPrimary(
      {
        hosts: this.#lastGood === undefined ? others : [this.#lastGood, ...others],
        open: host => this.#open(host),
        retry: this.#timeouts.retry,
        onFound: session => this.#adopt(session),
        onMissed: (host, reason) => this.#missed.set(host.region, reason),
      },
      search.signal,
    )
  }

  async #open(host: DatabaseHost): Promise<Session> {
    const session = await openSession(host, this.#settings.login, this.#timeouts)
    if (session.epoch >= this.highestEpoch) {
      this.highestEpoch = session.epoch
      return session
    }
    session.close()
    throw new SessionLost(`${host.region}: epoch ${session.epoch} is older than ${this.highestEpoch}`, {
      refused: true,
    })
  }

  #adopt(session: Session): void {
    const { host, epoch } = session
    // One that was lost before it got here must not end the search.
    const unneeded = this.primary !== undefined && this.primary.epoch >= epoch
    if (this.#closed || session.lost || unneeded) {
      session.close()
      return
    }
    this.#pool?.end(new SessionLost(`${host.region} is primary of a newer epoch`, { refused: false }))
    this.#search?.abort()
    this.#missed.clear()
    this.#lastGood = host
    this.primary = { host, epoch }
    const pool = new SessionPool(session, {
      open: () => this.#open(host),
      size: this.#settings.connections,
      onLost: reason => this.#lose(pool, reason),
    })
    this.#pool = pool
    this.#notify()
  }

  #lose(pool: SessionPool, reason: SessionLost): void {
    if (this.#pool !== pool) return
    this.#pool = undefined
    this.#missed.set(this.primary?.host.region ?? "", reason.message)
    this.primary = undefined
    if (!this.#closed) this.#startSearch()
    this.#notify()
  }

  #notify(): void {
    for (const listener of [...this.#listeners]) listener(this.primary)
  }
}

/** Milliseconds to wait for a connection at least, however little of the patience is left. */
const shortestPatience = 100

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code
}

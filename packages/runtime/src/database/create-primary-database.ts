import { wasUndone } from "./classify-failure.ts"
import type { Transaction } from "./commit.ts"
import { CommitUnknown, DatabaseBusy, DatabaseUnavailable, SessionLost } from "./database-error.ts"
import {
  type DatabaseHost,
  type DatabaseTimeouts,
  defaultTimeouts,
  type PrimaryDatabaseSettings,
} from "./database-settings.ts"
import type { Backing, Primary, PrimaryDatabase, Write } from "./primary-database.ts"
import { searchPrimary } from "./primary-search.ts"
import { PrimarySessions } from "./primary-sessions.ts"
import { openSession, type Session } from "./session.ts"
import type { Statement, Values } from "./statement.ts"
import { suspendAwareClock } from "./suspend-aware-clock.ts"

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
  readonly #now: () => number
  #sessions: PrimarySessions | undefined
  #lastGood: DatabaseHost | undefined
  #search: AbortController | undefined
  /** Lost, and perhaps still waited for; with their epochs. */
  readonly #left = new Map<PrimarySessions, number>()
  #closed = false

  constructor(settings: PrimaryDatabaseSettings) {
    this.#settings = settings
    this.#timeouts = { ...defaultTimeouts, ...settings.timeouts }
    this.#now = settings.now ?? suspendAwareClock()
    this.#startSearch()
  }

  get reasons(): readonly string[] {
    if (this.primary !== undefined) return []
    return this.#missed.size > 0 ? [...this.#missed.values()] : ["looking for the primary"]
  }

  read<Row>(query: Statement, values: Values = [], backing: Backing = "recent"): Promise<Row[]> {
    return this.#onPrimary(true, (primary, left) => primary.read<Row>(query, values, backing, left))
  }

  async commit<Row extends { epoch: number }>(write: Write<Row>): Promise<Row[]> {
    let unknown = false
    const work = (primary: PrimarySessions, left: () => number) =>
      primary.commit(write, left).catch(error => {
        unknown ||= hasCode(error, "commit_unknown")
        throw error
      })
    try {
      return await this.#againWhenUndone(
        patience => this.#onPrimary(write.repeatable === true, work, patience),
        write.patience ?? this.#timeouts.primary,
      )
    } catch (error) {
      // That it could not be repeated does not say that it was not written.
      if (!unknown || hasCode(error, "commit_unknown")) throw error
      throw new CommitUnknown("A commit without an answer could not be repeated.", { cause: error })
    }
  }

  transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    return this.#againWhenUndone(
      patience => this.#onPrimary(false, (primary, left) => primary.transaction(work, left), patience),
      this.#timeouts.primary,
    )
  }

  async session(): Promise<Session> {
    const deadline = performance.now() + this.#timeouts.primary
    for (;;) {
      await this.#waitForPrimary(deadline)
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
    this.#sessions?.end(new SessionLost(reason, { refused: false }))
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

  #sees(epoch: number): boolean {
    if (epoch < this.highestEpoch) return false
    this.highestEpoch = epoch
    return true
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

  /** Does the work on the primary; on another one when the first refused it or `again` allows it. */
  async #onPrimary<T>(
    again: boolean,
    work: (primary: PrimarySessions, left: () => number) => Promise<T>,
    patience = this.#timeouts.primary,
  ): Promise<T> {
    const deadline = performance.now() + patience
    const left = () => Math.max(shortestPatience, deadline - performance.now())
    for (;;) {
      const primary = await this.#waitForPrimary(deadline)
      // A primary that is found and lost again and again must not keep a request for ever.
      const last = performance.now() > deadline
      const over = primary.wait()
      try {
        return await work(primary, left)
      } catch (error) {
        const repeatable = again || (error instanceof SessionLost && error.refused)
        if (!(error instanceof SessionLost || (again && hasCode(error, "commit_unknown")))) throw error
        primary.end(
          error instanceof SessionLost ? error : new SessionLost(String(error), { refused: false, cause: error }),
        )
        if (!repeatable || last) throw new DatabaseUnavailable("The database connection was lost.", { cause: error })
      } finally {
        over()
      }
    }
  }

  async #waitForPrimary(deadline: number): Promise<PrimarySessions> {
    while (this.#sessions === undefined) {
      const left = deadline - performance.now()
      if (this.#closed || left <= 0) throw new DatabaseUnavailable(`No primary database: ${this.reasons.join("; ")}`)
      await this.#nextChange(left)
    }
    return this.#sessions
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
    const others = this.#settings.hosts.filter(host => host !== this.#lastGood)
    this.#searchOn(this.#lastGood === undefined ? others : [this.#lastGood, ...others])
  }

  /** One that stands still, or was left, closes nothing: whether there is a newer one is asked beside it. */
  #suspects(sessions: PrimarySessions, suspects: boolean): void {
    if (this.#sessions !== sessions) return
    if (suspects) this.#searchOn(this.#settings.hosts.filter(host => host !== this.primary?.host))
    else this.#search?.abort()
  }

  #searchOn(hosts: readonly DatabaseHost[]): void {
    this.#search?.abort()
    const search = new AbortController()
    this.#search = search
    searchPrimary(
      {
        hosts,
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
    if (this.#sees(session.epoch)) return session
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
    const newer = new SessionLost(`${host.region} is primary of a newer epoch`, { refused: false })
    // Of one that was lost others may still wait, whom its end does not tell. The same primary may still answer them.
    for (const [former, its] of this.#left) if (its < epoch) former.abandon(newer)
    for (const [former, its] of this.#left) if (its < epoch) this.#left.delete(former)
    this.#sessions?.abandon(newer)
    this.#search?.abort()
    this.#missed.clear()
    this.#lastGood = host
    this.primary = { host, epoch }
    const sessions: PrimarySessions = new PrimarySessions(session, {
      open: () => this.#open(host),
      size: this.#settings.connections,
      maxStaleness: this.#settings.maxStaleness,
      now: this.#now,
      patience: this.#timeouts.primary,
      commitTimeout: this.#timeouts.commit,
      suspicion: this.#timeouts.suspicion,
      highestEpoch: () => this.highestEpoch,
      onEpoch: seen => this.#sees(seen),
      onSuspicion: suspects => this.#suspects(sessions, suspects),
      onLost: reason => this.#lose(sessions, reason),
    })
    this.#sessions = sessions
    this.#notify()
  }

  #lose(sessions: PrimarySessions, reason: SessionLost): void {
    if (this.#sessions !== sessions) return
    this.#left.set(sessions, this.primary?.epoch ?? 0)
    this.#sessions = undefined
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

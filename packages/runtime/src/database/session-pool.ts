import { DatabaseBusy, SessionLost } from "./database-error.ts"
import type { Session } from "./session.ts"

/** At most `size` sessions to one primary; it ends as a whole when one of them is lost, and another pool follows. */
export class SessionPool {
  readonly #open: () => Promise<Session>
  readonly #size: number
  readonly #onLost: (reason: SessionLost) => void
  readonly #idle: Session[] = []
  readonly #used = new Set<Session>()
  #waiting = new Set<Waiting>()
  /** Open or being opened. */
  #count = 0
  #opening = 0
  #ended: SessionLost | undefined

  constructor(first: Session, options: PoolOptions) {
    this.#open = options.open
    this.#size = options.size
    this.#onLost = options.onLost
    this.#count = 1
    first.onLost(reason => this.end(reason))
    this.#idle.push(first)
  }

  /**
   * Does the work on one session. Throws what it throws, `SessionLost` (refused) when the pool has ended, and
   * `DatabaseBusy` when no session became free in time. `first`: before all that wait already, for they wait for it.
   */
  async run<T>(
    milliseconds: number,
    work: (session: Session) => Promise<T>,
    { first = false }: { readonly first?: boolean } = {},
  ): Promise<T> {
    const session = await this.#take(milliseconds, first)
    this.#used.add(session)
    try {
      return await work(session)
    } finally {
      this.#used.delete(session)
      this.#giveBack(session)
    }
  }

  async #take(milliseconds: number, first: boolean): Promise<Session> {
    if (this.#ended !== undefined) throw notBegun(this.#ended)
    const idle = this.#idle.pop()
    if (idle !== undefined) return idle
    const session = new Promise<Session>((resolve, reject) => {
      const waiting: Waiting = { resolve, reject, timer: setTimeout(() => this.#giveUp(waiting), milliseconds) }
      this.#waiting = first ? new Set([waiting, ...this.#waiting]) : this.#waiting.add(waiting)
    })
    // Whatever comes first is taken: a new session, or one that is given back.
    this.#growIfNeeded()
    return await session
  }

  /**
   * Doubles at most: all who waited for a new primary ask for a session at the same moment, and a server that has to make
   * that many at once, with everything else that it begins with, lets the first one wait for the last.
   */
  #growIfNeeded(): void {
    const atOnce = Math.max(1, this.#count - this.#opening)
    while (this.#waiting.size > this.#opening && this.#opening < atOnce && this.#count < this.#size) void this.#grow()
  }

  #giveBack(session: Session): void {
    if (this.#ended !== undefined || session.lost) {
      session.close()
      return
    }
    const [next] = this.#waiting
    if (next === undefined) {
      this.#idle.push(session)
      return
    }
    this.#settle(next)
    next.resolve(session)
  }

  /** Sessions in use finish what they do and are closed when given back. */
  end(reason: SessionLost): void {
    if (this.#ended !== undefined) return
    this.#ended = reason
    for (const session of this.#idle.splice(0)) session.close()
    for (const waiting of [...this.#waiting]) {
      this.#settle(waiting)
      waiting.reject(notBegun(reason))
    }
    this.#onLost(reason)
  }

  /** Whoever waits for an answer from there waits in vain: what they asked for is given up, too. */
  abandon(reason: SessionLost): void {
    this.end(reason)
    for (const session of this.#used) session.close()
  }

  async #grow(): Promise<void> {
    this.#count += 1
    this.#opening += 1
    const session = await this.#open().catch(error => (error instanceof SessionLost ? error : closedBy(error)))
    this.#opening -= 1
    if (session instanceof SessionLost) return this.#notOpened(session)
    session.onLost(reason => this.end(reason))
    this.#giveBack(session)
    this.#growIfNeeded()
  }

  /** No room or time for another session says nothing about those that are open: they go on, and serve who waits. */
  #notOpened(reason: SessionLost): void {
    this.#count -= 1
    if (reason.reason === undefined || this.#count === 0) this.end(reason)
  }

  #giveUp(waiting: Waiting): void {
    this.#settle(waiting)
    waiting.reject(new DatabaseBusy("Every database connection is busy."))
  }

  #settle(waiting: Waiting): void {
    clearTimeout(waiting.timer)
    this.#waiting.delete(waiting)
  }
}

const closedBy = (error: unknown) => new SessionLost(String(error), { refused: true, cause: error })

/** What became of others' statements is not known, but of this one. */
const notBegun = (reason: SessionLost) => new SessionLost(reason.message, { refused: true, cause: reason })

export interface PoolOptions {
  /** Throws `SessionLost`. */
  readonly open: () => Promise<Session>
  readonly size: number
  /** Called once. */
  readonly onLost: (reason: SessionLost) => void
}

interface Waiting {
  readonly resolve: (session: Session) => void
  readonly reject: (error: Error) => void
  readonly timer: NodeJS.Timeout
}

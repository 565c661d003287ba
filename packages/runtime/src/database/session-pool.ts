import { DatabaseUnavailable, SessionLost } from "./database-error.ts"
import type { Session } from "./session.ts"

/** At most `size` sessions to one primary; it ends as a whole when one of them is lost, and another pool follows. */
export class SessionPool {
  readonly #open: () => Promise<Session>
  readonly #size: number
  readonly #onLost: (reason: SessionLost) => void
  readonly #idle: Session[] = []
  readonly #waiting = new Set<Waiting>()
  #count = 0
  #ended: SessionLost | undefined

  constructor(first: Session, options: PoolOptions) {
    this.#open = options.open
    this.#size = options.size
    this.#onLost = options.onLost
    this.#count = 1
    first.onLost(reason => this.end(reason))
    this.#idle.push(first)
  }

  /** Throws `SessionLost` when the pool has ended, `DatabaseUnavailable` when no session became free in time. */
  async take(milliseconds: number): Promise<Session> {
    if (this.#ended !== undefined) throw this.#ended
    const idle = this.#idle.pop()
    if (idle !== undefined) return idle
    if (this.#count < this.#size) return await this.#grow()
    return await new Promise<Session>((resolve, reject) => {
      const waiting: Waiting = { resolve, reject, timer: setTimeout(() => this.#giveUp(waiting), milliseconds) }
      this.#waiting.add(waiting)
    })
  }

  giveBack(session: Session): void {
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
      waiting.reject(reason)
    }
    this.#onLost(reason)
  }

  async #grow(): Promise<Session> {
    this.#count += 1
    try {
      const session = await this.#open()
      session.onLost(reason => this.end(reason))
      return session
    } catch (error) {
      this.#count -= 1
      if (error instanceof SessionLost) this.end(error)
      throw error
    }
  }

  #giveUp(waiting: Waiting): void {
    this.#settle(waiting)
    waiting.reject(new DatabaseUnavailable("Every database connection is busy."))
  }

  #settle(waiting: Waiting): void {
    clearTimeout(waiting.timer)
    this.#waiting.delete(waiting)
  }
}

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

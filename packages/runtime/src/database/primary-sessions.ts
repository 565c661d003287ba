import { type CommitGuard, type Committed, commitOne, inTransaction, type Transaction } from "./commit.ts"
import { Confirmations } from "./confirmations.ts"
import { CommitUnknown, type SessionLost } from "./database-error.ts"
import { Lease, readLease } from "./lease.ts"
import type { LeaseRow } from "./lease-evidence.ts"
import type { Backing, Write } from "./primary-database.ts"
import { ReadBarrier } from "./read-barrier.ts"
import type { Session } from "./session.ts"
import { type PoolOptions, SessionPool } from "./session-pool.ts"
import { type Statement, statement, type Values } from "./statement.ts"
import { Suspicion } from "./suspicion.ts"

export interface PrimarySessionsOptions extends PoolOptions, Omit<CommitGuard, "confirmations"> {
  /** Milliseconds; see `Confirmations`. */
  readonly maxStaleness: number
  readonly now: () => number
  /** Milliseconds that a confirmation may wait for a session, and that what a transaction found may wait for it. */
  readonly patience: number
  readonly highestEpoch: () => number
  /** Milliseconds; see `Suspicion`. */
  readonly suspicion: number
  readonly onSuspicion: (suspects: boolean) => void
}

/** One primary, by the sessions to it: what is done there, and whether what it says may be believed. */
export class PrimarySessions {
  readonly #options: PrimarySessionsOptions
  readonly #guard: CommitGuard
  readonly #barrier: ReadBarrier
  readonly #lease: Lease
  readonly #suspicion: Suspicion
  readonly #pool: SessionPool

  constructor(first: Session, options: PrimarySessionsOptions) {
    this.#options = options
    const confirmations = new Confirmations(options)
    this.#guard = { ...options, confirmations }
    this.#barrier = new ReadBarrier(confirmations, () => this.#confirm())
    this.#pool = new SessionPool(first, {
      ...options,
      onLost: reason => {
        this.#barrier.end(reason)
        this.#lease.end(reason)
        options.onLost(reason)
      },
    })
    this.#lease = new Lease({ ask: () => this.#readLease(), now: options.now })
    this.#suspicion = new Suspicion({ after: options.suspicion, onChange: options.onSuspicion })
  }

  /** Somebody waits for this primary, until what is returned is called. */
  wait(): () => void {
    return this.#suspicion.wait()
  }

  /** `left` tells the milliseconds that may still be waited, for a session, for the barrier and for the lease. */
  async read<Row>(query: Statement, values: Values, backing: Backing, left: () => number): Promise<Row[]> {
    const rows = await this.#pool.run(left(), session => session.run<Row>(query, values))
    // No session is held meanwhile: those that wait must not keep the commit from getting one.
    if (backing === "nothing") return rows
    await this.#barrier.pass(backing, left())
    await this.#lease.pass(left(), this.#options.now() - this.#options.maxStaleness)
    return rows
  }

  async commit<Row extends { epoch: number }>(write: Write<Row>, left: () => number): Promise<Row[]> {
    return await this.#settled(
      await this.#pool.run(left(), session =>
        commitOne(session, write.values(this.#options.highestEpoch()), write, this.#guard),
      ),
    )
  }

  async transaction<T>(work: (transaction: Transaction) => Promise<T>, left: () => number): Promise<T> {
    return await this.#settled(await this.#pool.run(left(), session => inTransaction(session, work, this.#guard)))
  }

  /** Sessions in use finish what they do; reads that wait to be confirmed do not. */
  end(reason: SessionLost): void {
    this.#pool.end(reason)
  }

  /** There is a newer primary: this one confirms nothing any more, and may never answer. */
  abandon(reason: SessionLost): void {
    this.#pool.abandon(reason)
  }

  /** "There is no such conversation" is a read, too. No session is held meanwhile. */
  async #settled<T>({ result, waited }: Committed<T>): Promise<T> {
    const { patience } = this.#options
    try {
      if (waited) {
        await this.#lease.pass(patience)
        this.#suspicion.acknowledged()
      } else {
        await this.#barrier.pass("recent", patience)
        await this.#lease.pass(patience, this.#options.now() - this.#options.maxStaleness)
      }
    } catch (error) {
      throw new CommitUnknown("What the transaction wrote or found was not confirmed.", { cause: error })
    }
    return result
  }

  /** What it tells is as old as the question to the primary, however long that waited for a session. */
  #readLease(): Promise<{ readonly asked: number; readonly row: LeaseRow | undefined }> {
    const ask = async (session: Session) => {
      const asked = this.#options.now()
      const [row] = await session.run<LeaseRow>(readLease)
      return { asked, row }
    }
    return this.#pool.run(this.#options.patience, ask, { first: true })
  }

  async #confirm(): Promise<void> {
    const ask = (session: Session) => commitOne(session, [this.#options.highestEpoch()], confirmation, this.#guard)
    await this.#pool.run(this.#options.patience, ask, { first: true })
  }
}

/**
 * Writes a few bytes to the log and nowhere else, and so waits for the region in sync; a transaction with only a number
 * would not wait.
 */
const confirmation: Write<{ epoch: number }> = {
  statement: statement(
    "confirm-primary",
    "SELECT epoch, pg_logical_emit_message(true, 'chatops', 'read') FROM chatops.epoch WHERE epoch >= $1",
  ),
  values: epoch => [epoch],
  wrote: () => true,
}

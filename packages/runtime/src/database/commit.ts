import pg from "pg"
import type { Asked, Confirmations } from "./confirmations.ts"
import { CommitUnknown, SessionLost } from "./database-error.ts"
import type { Write } from "./primary-database.ts"
import type { Outcome, Session } from "./session.ts"
import { type Statement, statement, type Values } from "./statement.ts"

export interface Transaction {
  /** Epoch that was read inside this transaction. */
  readonly epoch: number
  run<Row>(statement: Statement, values?: Values): Promise<Row[]>
}

export interface CommitGuard {
  /** Milliseconds. */
  readonly commitTimeout: number
  /** Told the epoch read inside the transaction; false when it is older than the highest seen. */
  readonly onEpoch: (epoch: number) => boolean
  readonly confirmations: Confirmations
}

export interface Committed<T> {
  readonly result: T
  /**
   * Whether it is known to have waited until it was confirmed. One that wrote nothing waits for nobody: what it found is
   * no more than read.
   */
  readonly waited: boolean
}

/** Runs a statement that is its own transaction and returns `epoch` in each row. */
export async function commitOne<Row extends { epoch: number }>(
  session: Session,
  values: Values,
  write: Write<Row>,
  guard: CommitGuard,
): Promise<Committed<Row[]>> {
  const { outcome, asked } = await commit<Row>(session, write.statement, values, guard)
  const [first] = outcome.rows
  if (first === undefined) throw staleEpoch(session, undefined)
  if (!guard.onEpoch(first.epoch)) throw unknown(guard, "The commit went to a primary of an older epoch.")
  const waited = outcome.written > 0 || write.wrote?.(first) === true
  if (waited) guard.confirmations.confirm(asked)
  return { result: outcome.rows, waited }
}

/** Runs the work between BEGIN and COMMIT; whatever it throws is thrown after a rollback. */
export async function inTransaction<T>(
  session: Session,
  work: (transaction: Transaction) => Promise<T>,
  guard: CommitGuard,
): Promise<Committed<T>> {
  await session.run(begin)
  let result: T
  let waited = false
  try {
    const [row] = await session.run<{ epoch: number }>(readEpoch)
    if (row === undefined || !guard.onEpoch(row.epoch)) throw staleEpoch(session, row?.epoch)
    const run = async <Row>(query: Statement, values?: Values) => {
      const { rows, written } = await session.execute<Row>(query, values)
      waited ||= written > 0
      return rows
    }
    result = await work({ epoch: row.epoch, run })
  } catch (error) {
    if (!session.lost) await session.run(rollback)
    throw error
  }
  const { outcome, asked } = await commit(session, commitIt, [], guard)
  if (outcome.command !== "COMMIT") throw new Error("The transaction failed before its commit.")
  if (waited) guard.confirmations.confirm(asked)
  return { result, waited }
}

/** The outcome counts only when the server answered, in time and without a warning. */
async function commit<Row>(
  session: Session,
  query: Statement,
  values: Values,
  guard: CommitGuard,
): Promise<{ outcome: Outcome<Row>; asked: Asked }> {
  const asked = guard.confirmations.ask()
  let outcome: Outcome<Row>
  try {
    outcome = await session.execute<Row>(query, values, { timeout: guard.commitTimeout })
  } catch (error) {
    if (error instanceof SessionLost && error.refused) throw error
    if (error instanceof pg.DatabaseError) throw error
    throw unknown(guard, "The connection was lost during a commit.", error)
  }
  // "canceling wait for synchronous replication": reported as success, confirmed by nobody, and visible to all. Repeats
  // with the same key wait for it, and so do reads (rule 6 of the failover protocol).
  if (outcome.warning !== undefined) throw unknown(guard, `The commit was not confirmed (warning ${outcome.warning}).`)
  return { outcome, asked }
}

function unknown(guard: CommitGuard, message: string, cause?: unknown): CommitUnknown {
  guard.confirmations.doubt()
  return new CommitUnknown(message, { cause })
}

function staleEpoch(session: Session, epoch: number | undefined): SessionLost {
  const message = `${session.host.region}: epoch ${epoch ?? ""} is older than the highest seen`
  return new SessionLost(message, { refused: true })
}

const begin = statement("begin", "BEGIN")
const commitIt = statement("commit", "COMMIT")
const rollback = statement("rollback", "ROLLBACK")
const readEpoch = statement("read-epoch", "SELECT epoch FROM chatops.epoch")

import pg from "pg"
import { CommitUnknown, SessionLost } from "./database-error.ts"
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
}

/** Runs a statement that is its own transaction and returns `epoch` in each row. */
export async function commitOne<Row extends { epoch: number }>(
  session: Session,
  query: Statement,
  values: Values,
  guard: CommitGuard,
): Promise<Row[]> {
  const { rows } = await confirmed<Row>(session, query, values, guard)
  const [first] = rows
  if (first === undefined) throw staleEpoch(session, undefined)
  if (!guard.onEpoch(first.epoch)) throw new CommitUnknown("The commit went to a primary of an older epoch.")
  return rows
}

/** Runs the work between BEGIN and COMMIT; whatever it throws is thrown after a rollback. */
export async function inTransaction<T>(
  session: Session,
  work: (transaction: Transaction) => Promise<T>,
  guard: CommitGuard,
): Promise<T> {
  await session.run(begin)
  let result: T
  try {
    const [row] = await session.run<{ epoch: number }>(readEpoch)
    if (row === undefined || !guard.onEpoch(row.epoch)) throw staleEpoch(session, row?.epoch)
    result = await work({ epoch: row.epoch, run: (query, values) => session.run(query, values) })
  } catch (error) {
    if (!session.lost) await session.run(rollback)
    throw error
  }
  const { command } = await confirmed(session, commit, [], guard)
  if (command !== "COMMIT") throw new Error("The transaction failed before its commit.")
  return result
}

/** The outcome counts only when the server answered, in time and without a warning. */
async function confirmed<Row>(
  session: Session,
  query: Statement,
  values: Values,
  guard: CommitGuard,
): Promise<Outcome<Row>> {
  let outcome: Outcome<Row>
  try {
    outcome = await session.execute<Row>(query, values, { timeout: guard.commitTimeout })
  } catch (error) {
    if (error instanceof SessionLost && error.refused) throw error
    if (error instanceof pg.DatabaseError) throw error
    throw new CommitUnknown("The connection was lost during a commit.", { cause: error })
  }
  // "canceling wait for synchronous replication": reported as success, confirmed by nobody. Repeats with the same key
  // wait for it. Not closed yet, and due with the guarded regime (the protocol's rule 6): a plain read (GET, a conversation's history) on any replica still shows
  // such a turn before it is confirmed; after a cancelled wait reads have to wait for a new barrier.
  if (outcome.warning !== undefined)
    throw new CommitUnknown(`The commit was not confirmed (warning ${outcome.warning}).`)
  return outcome
}

function staleEpoch(session: Session, epoch: number | undefined): SessionLost {
  const message = `${session.host.region}: epoch ${epoch ?? ""} is older than the highest seen`
  return new SessionLost(message, { refused: true })
}

const begin = statement("begin", "BEGIN")
const commit = statement("commit", "COMMIT")
const rollback = statement("rollback", "ROLLBACK")
const readEpoch = statement("read-epoch", "SELECT epoch FROM chatops.epoch")

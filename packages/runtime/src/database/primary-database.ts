import type { Transaction } from "./commit.ts"
import type { DatabaseHost } from "./database-settings.ts"
import type { Session } from "./session.ts"
import type { Statement, Values } from "./statement.ts"

export interface Primary {
  readonly host: DatabaseHost
  readonly epoch: number
}

/**
 * The one database that takes writes, wherever it is. A server counts only when it is writable and its epoch is not
 * older than the highest seen; the last good one is remembered, and all are asked when it fails.
 */
export interface PrimaryDatabase {
  readonly primary: Primary | undefined
  /** 0 before the first primary was found. */
  readonly highestEpoch: number
  /** Why no host leads to a primary, by region; empty while there is one. */
  readonly reasons: readonly string[]
  /**
   * Runs again on another primary when the first is lost meanwhile. Throws `DatabaseUnavailable`, also when the primary
   * gets nothing confirmed any more, and `DatabaseBusy`, as all below.
   */
  read<Row>(statement: Statement, values?: Values, backing?: Backing): Promise<Row[]>
  /**
   * One statement that is a transaction of its own: one round trip. It must not write when `chatops.epoch` is lower
   * than the `highestEpoch` given to its values, and return `epoch` in each row. When nothing was written its rows count
   * as read.
   * Throws `DatabaseUnavailable`, `CommitUnknown` and PostgreSQL's errors.
   */
  commit<Row extends { epoch: number }>(write: Write<Row>): Promise<Row[]>
  /**
   * The work is done again when PostgreSQL undid it because it waited too long for a lock.
   * Throws `DatabaseUnavailable`, `CommitUnknown`, PostgreSQL's errors and what `work` throws (after a rollback).
   */
  transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T>
  /** A session of one's own to the primary, outside the pool. Throws `DatabaseUnavailable`. */
  session(): Promise<Session>
  /** The primary of that session has stopped answering; look for another. */
  suspect(reason: string): void
  /** Called with each new primary and with undefined when it is lost. Returns how to stop listening. */
  onChange(listener: (primary: Primary | undefined) => void): () => void
  close(): void
}

/**
 * What lets rows be shown (rules 6 and 14 of the failover protocol). A former primary answers as well as ever, and one
 * whose commits wait in vain may show what nobody has confirmed; neither gets a commit confirmed.
 * - `recent`, the default: a commit confirmed within `maxStaleness`, and since the last one that was not. What is shown
 *   is no older than that.
 * - `confirmed`: one asked for after the read, so that all it shows is confirmed, whoever wrote it.
 * - `nothing`: for hints only, whose being wrong does no harm.
 */
export type Backing = "recent" | "confirmed" | "nothing"

export interface Write<Row> {
  readonly statement: Statement
  /** Built when the highest epoch is known. */
  readonly values: (highestEpoch: number) => Values
  /** Carrying it out twice is as good as once: it is repeated on a new primary when its outcome is unknown. */
  readonly repeatable?: boolean
  /**
   * Whether that row shows that something was written or locked, so that the commit waited. INSERT, UPDATE and DELETE
   * tell by themselves; for others the default is that nobody knows.
   */
  readonly wrote?: (row: Row) => boolean
  /** Milliseconds to wait for a primary, and to repeat what waited in vain for a lock; default: as every request does. */
  readonly patience?: number
}

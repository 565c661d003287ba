/** No writable database with the newest epoch could be reached in time; nothing was written. */
export class DatabaseUnavailable extends Error {
  override readonly name = "DatabaseUnavailable"
  readonly code = "database_unavailable"
}

/** No connection to the database became free in time, or it would take no more; nothing was written. The primary is well. */
export class DatabaseBusy extends Error {
  override readonly name = "DatabaseBusy"
  readonly code = "database_busy"
}

/**
 * The commit may or may not have happened, or may not be confirmed by the region in sync. Never to be reported as
 * success: only a later committing transaction that locks the row can tell.
 */
export class CommitUnknown extends Error {
  override readonly name = "CommitUnknown"
  readonly code = "commit_unknown"
}

/** A session to a database ended, or the server behind it stopped being a primary. */
export class SessionLost extends Error {
  override readonly name = "SessionLost"
  readonly code = "session_lost"
  /** Whether the server is known not to have carried out the statement. */
  readonly refused: boolean
  /** `full`: the server takes no more sessions. `silent`: it did not answer in time. Others may go on all the same. */
  readonly reason: "full" | "silent" | undefined

  constructor(message: string, options: SessionLostOptions) {
    super(message, { cause: options.cause })
    this.refused = options.refused
    this.reason = options.reason
  }
}

export interface SessionLostOptions {
  readonly refused: boolean
  readonly reason?: SessionLost["reason"]
  readonly cause?: unknown
}

/** No answer within the time that it was given. */
export class NoAnswer extends Error {
  override readonly name = "NoAnswer"
}

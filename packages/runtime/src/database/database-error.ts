/** No writable database with the newest epoch could be reached in time; nothing was written. */
export class DatabaseUnavailable extends Error {
  override readonly name = "DatabaseUnavailable"
  readonly code = "database_unavailable"
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

  constructor(message: string, options: { readonly refused: boolean; readonly cause?: unknown }) {
    super(message, { cause: options.cause })
    this.refused = options.refused
  }
}

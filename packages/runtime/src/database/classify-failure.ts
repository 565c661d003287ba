import pg from "pg"
import { NoAnswer, SessionLost } from "./database-error.ts"

/**
 * Tells a statement's own failure (returned as it is) from a server that is no primary any more or a connection that
 * broke (`SessionLost`).
 */
export function classifyFailure(error: unknown, where: string): unknown {
  if (error instanceof SessionLost) return error
  const sqlState = error instanceof pg.DatabaseError ? error.code : undefined
  const reason = error instanceof Error ? error.message : String(error)
  if (sqlState === undefined) {
    const silent = error instanceof NoAnswer && { reason: "silent" as const }
    return new SessionLost(`${where}: ${reason}`, { refused: false, cause: error, ...silent })
  }
  if (refusedBefore.has(sqlState)) {
    const full = sqlState === "53300" && { reason: "full" as const }
    return new SessionLost(`${where}: ${reason}`, { refused: true, cause: error, ...full })
  }
  if (ended.has(sqlState) || sqlState.startsWith("08")) {
    return new SessionLost(`${where}: ${reason}`, { refused: false, cause: error })
  }
  return error
}

/**
 * The statement failed and was undone as a whole: it waited too long for a lock or ran too long, a deadlock, a
 * serialization failure. PostgreSQL stops the clock of `statement_timeout` before it commits.
 */
export function wasUndone(error: unknown): boolean {
  return error instanceof pg.DatabaseError && undone.has(error.code ?? "")
}

const undone = new Set(["57014", "55P03", "40P01", "40001"])

/** Nothing was carried out: starting up, login refused (28…), no such database, too many connections, read-only. */
const refusedBefore = new Set(["57P03", "28000", "28P01", "3D000", "53300", "25006"])

/** admin_shutdown, crash_shutdown, idle_session_timeout. During a commit they leave its outcome open. */
const ended = new Set(["57P01", "57P02", "57P05"])

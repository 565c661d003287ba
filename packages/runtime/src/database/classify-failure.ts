import pg from "pg"
import { SessionLost } from "./database-error.ts"

/**
 * Tells a statement's own failure (returned as it is) from a server that is no primary any more or a connection that
 * broke (`SessionLost`).
 */
export function classifyFailure(error: unknown, where: string): unknown {
  if (error instanceof SessionLost) return error
  const sqlState = error instanceof pg.DatabaseError ? error.code : undefined
  const reason = error instanceof Error ? error.message : String(error)
  if (sqlState === undefined) return new SessionLost(`${where}: ${reason}`, { refused: false, cause: error })
  if (refusedBefore.has(sqlState)) return new SessionLost(`${where}: ${reason}`, { refused: true, cause: error })
  if (ended.has(sqlState) || sqlState.startsWith("08")) {
    return new SessionLost(`${where}: ${reason}`, { refused: false, cause: error })
  }
  return error
}

/** Nothing was carried out: starting up, no such role here, too many connections, read-only, schema not there yet. */
const refusedBefore = new Set(["57P03", "28000", "28P01", "3D000", "53300", "25006"])

/** admin_shutdown, crash_shutdown, idle_session_timeout. During a commit they leave its outcome open. */
const ended = new Set(["57P01", "57P02", "57P05"])

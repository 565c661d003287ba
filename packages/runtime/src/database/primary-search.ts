import { setTimeout as pause } from "node:timers/promises"
import { SessionLost } from "./database-error.ts"
import type { DatabaseHost } from "./database-settings.ts"
import type { Session } from "./session.ts"

export interface SearchOptions {
  /** In the order in which they are asked first. */
  readonly hosts: readonly DatabaseHost[]
  /** Throws `SessionLost` when the host does not lead to a primary. */
  readonly open: (host: DatabaseHost) => Promise<Session>
  /** Milliseconds between two attempts on one host. */
  readonly retry: number
  /** Gets every session that leads to a primary; several may, when an old one is still up. */
  readonly onFound: (session: Session) => void
  readonly onMissed: (host: DatabaseHost, reason: string) => void
}

/**
 * Asks all hosts at once and each again and again, so that one that hangs delays no other, until stopped.
 * Attempts under way when it is stopped still report: a newer primary may be just behind the first that answered.
 */
export function searchPrimary(options: SearchOptions, signal: AbortSignal): void {
  for (const host of options.hosts) void askUntilStopped(host, options, signal)
}

async function askUntilStopped(host: DatabaseHost, options: SearchOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      options.onFound(await options.open(host))
    } catch (error) {
      if (!(error instanceof SessionLost)) options.onMissed(host, String(error))
      else options.onMissed(host, error.message)
    }
    await pause(options.retry, undefined, { signal, ref: false }).catch(() => {})
  }
}

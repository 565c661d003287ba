import { uptime } from "node:os"

/** What the clock is made of, in milliseconds. */
export interface ClockSources {
  /** Fine, never goes back, may stand still while the machine is suspended. */
  readonly monotonic: () => number
  /** Runs in suspend; may be coarse. */
  readonly sinceBoot: () => number
}

/**
 * Milliseconds that never go back and run in suspend. On Linux `performance.now` is CLOCK_MONOTONIC, which stands still
 * then, and `os.uptime` CLOCK_BOOTTIME in steps of 10 ms (`/proc/uptime`): by what the two drift apart it was suspended.
 */
export function suspendAwareClock(sources: ClockSources = machine): () => number {
  let ahead = Number.NEGATIVE_INFINITY
  return () => {
    const now = sources.monotonic()
    ahead = Math.max(ahead, sources.sinceBoot() - now)
    return now + ahead
  }
}

const machine: ClockSources = { monotonic: () => performance.now(), sinceBoot: () => uptime() * 1_000 }

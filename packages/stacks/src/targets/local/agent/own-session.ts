import { readFileSync } from "node:fs"

/**
 * Linux shares processors out by session (`sched_autogroup_enabled`, where no cgroup does), and PostgreSQL makes a session
 * of every backend: in one with its busy replicas a supervisor gets its turn late, when a failover waits for it. So an
 * agent, which leads a session, gives each child its own. Whoever was begun in a terminal's keeps its children there, to
 * end with it.
 */
export const leadsSession = ownSession() === process.pid

/** Undefined where the system does not tell so. */
function ownSession(): number | undefined {
  try {
    // The sixth word; the second is the program's name, in brackets, with whatever is in it.
    return Number(readFileSync("/proc/self/stat", "utf8").split(") ").at(-1)?.split(" ")[3])
  } catch {
    return undefined
  }
}

import { type ChildProcess, spawn } from "node:child_process"
import { readFileSync } from "node:fs"
import { openLog } from "./process-log.ts"
import type { ProcessPlan } from "./supervised-process.ts"

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

/** A child that writes its log itself, and speaks over IPC unless it is asked about its readiness in another way. */
export function spawnLogged({ command, args, environment, logFile, user, awaitReady }: ProcessPlan): ChildProcess {
  const log = openLog(logFile)
  try {
    return spawn(command, [...args], {
      detached: leadsSession,
      env: environment,
      stdio: awaitReady ? ["ignore", log.fd, log.fd] : ["ignore", log.fd, log.fd, "ipc"],
      ...(user && { uid: user.uid, gid: user.gid }),
    })
  } finally {
    log.close()
  }
}

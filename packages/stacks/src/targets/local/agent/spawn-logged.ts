import { type ChildProcess, spawn } from "node:child_process"
import { leadsSession } from "./own-session.ts"
import { openLog } from "./process-log.ts"
import type { ProcessPlan } from "./supervised-process.ts"

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

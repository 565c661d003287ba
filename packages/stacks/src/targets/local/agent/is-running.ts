import { lockHolder } from "../../../process/process-lock.ts"
import { leftoversAlive } from "./leftovers.ts"
import { agentLock } from "./stop-agent.ts"

/** Whether the agent of this directory lives, or a process that it left behind. */
export const isRunning = (directory: string): boolean =>
  lockHolder(agentLock(directory)) !== undefined || leftoversAlive(directory)

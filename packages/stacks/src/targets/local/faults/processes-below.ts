import { isAlive, type ListedProcess, listProcesses, type ProcessIdentity } from "../../../process/process-identity.ts"
import { untilTrue } from "../agent/until.ts"

/** Living processes that this one started, and those that they did, each before its children. */
export function processesBelow({ pid }: ProcessIdentity, listed = listProcesses()): readonly ListedProcess[] {
  return listed.filter(({ parent }) => parent === pid).flatMap(child => [child, ...processesBelow(child, listed)])
}

export const untilGone = (processes: readonly ProcessIdentity[], signal: AbortSignal): Promise<void> =>
  untilTrue(undefined, () => !processes.some(isAlive), signal)

import { isAlive, listProcesses, type ProcessIdentity } from "../../../process/process-identity.ts"
import { lockHolder } from "../../../process/process-lock.ts"
import type { EnvironmentDirectories } from "../../../state/state-directory.ts"
import { rememberedChildren } from "../agent/leftovers.ts"
import { agentLock, agentPurpose } from "../agent/stop-agent.ts"
import { partPaths } from "../layout.ts"
import { unsupported } from "./local-fault.ts"
import { processesBelow } from "./processes-below.ts"

export const regionDirectory = (directories: EnvironmentDirectories, region: string): string =>
  partPaths(directories, { kind: "region", region }).directory

/** All living processes of a region, each before its children: the supervisor first, which starts what ends. */
export function regionProcesses(directory: string): ProcessIdentity[] {
  const holder = lockHolder(agentLock(directory))
  // Who ends what a dead supervisor left holds the lock too.
  const agent = holder?.purpose === agentPurpose ? [holder] : []
  // Whatever a dead supervisor left has another parent now.
  const roots = [...agent, ...Object.values(rememberedChildren(directory)).filter(isAlive)]
  const listed = listProcesses()
  const all = roots.flatMap(root => [root, ...processesBelow(root, listed)])
  return [...new Map(all.map(({ pid, started }) => [pid, { pid, started }])).values()]
}

/** One process that the region's supervisor started. Throws FAULT_UNSUPPORTED when it does not run. */
export function namedProcess(directories: EnvironmentDirectories, region: string, name: string): ProcessIdentity {
  const found = rememberedChildren(regionDirectory(directories, region))[name]
  if (found && isAlive(found)) return found
  throw unsupported(`no ${name} runs in ${region}`)
}

/**
 * Does something to every process of a region, and to those that were started meanwhile, until there are no more.
 * `before` is told all of them, those included that are next.
 */
export async function toAllOf(
  directory: string,
  act: (process: ProcessIdentity) => unknown,
  before: (all: readonly ProcessIdentity[]) => Promise<void> = async () => undefined,
): Promise<void> {
  const done = new Set<string>()
  const all: ProcessIdentity[] = []
  for (;;) {
    const found = regionProcesses(directory).filter(({ pid, started }) => !done.has(`${pid} ${started}`))
    if (found.length === 0) return
    for (const { pid, started } of found) done.add(`${pid} ${started}`)
    all.push(...found)
    await before(all)
    await Promise.all(found.map(act))
  }
}

import { existsSync } from "node:fs"
import { join } from "node:path"
import { identify, isAlive, type ProcessIdentity, signal as sendSignal } from "../../../process/process-identity.ts"
import { lockHolder, takeLock } from "../../../process/process-lock.ts"
import { AgentClient } from "./agent-client.ts"
import { type AgentPlace, agentSocket } from "./agent-socket.ts"
import { Leftovers } from "./leftovers.ts"
import { untilTrue } from "./until.ts"

/** What an agent says that it holds its lock for. */
export const agentPurpose = "agent"
export const agentLock = (directory: string): string => join(directory, "agent.lock")

/** Milliseconds that an ending agent may leave unanswered before it counts as frozen, and may take in all: replicas may drain for an hour. */
const [longestSilence, longestStop] = [8_000, 70 * 60_000]

/** Ends an agent and all it runs, and whatever a dead one left running; one that is gone already is fine. */
export async function stopAgent(place: AgentPlace, signal: AbortSignal): Promise<void> {
  const client = new AgentClient(await agentSocket(place))
  for (const agent of await livingAgents(place.directory, client)) await end(agent, client, signal)
  await endLeftovers(place.directory)
}

/** The lock's holder, and whoever answers for the directory: they differ when the directory was removed by hand. */
async function livingAgents(directory: string, client: AgentClient): Promise<ProcessIdentity[]> {
  const holder = lockHolder(agentLock(directory))
  const state = await client.state()
  const answering = state?.spec.directory === directory && state.pid !== holder?.pid ? identify(state.pid) : undefined
  return [holder, answering].filter(agent => agent !== undefined)
}

/** Lets it finish for as long as it answers; one that is broken is killed. */
async function end(agent: ProcessIdentity, client: AgentClient, signal: AbortSignal): Promise<void> {
  sendSignal(agent, "SIGTERM")
  // A frozen one hears nothing until it goes on.
  sendSignal(agent, "SIGCONT")
  const began = performance.now()
  for (let answered = began; isAlive(agent); ) {
    const ended = untilTrue(undefined, () => !isAlive(agent), AbortSignal.any([signal, AbortSignal.timeout(500)]))
    await ended.catch(() => signal.throwIfAborted())
    const now = performance.now()
    if (await client.state(1_000)) answered = now
    if (now - answered > longestSilence || now - began > longestStop) sendSignal(agent, "SIGKILL")
  }
}

async function endLeftovers(directory: string): Promise<void> {
  if (!existsSync(join(directory, "children.json"))) return
  const lock = takeLock(agentLock(directory), "ending what a dead supervisor left")
  // Whoever holds it now is a new agent, which does this first.
  if (!lock.taken) return
  try {
    await new Leftovers(directory).end()
  } finally {
    lock.release()
  }
}

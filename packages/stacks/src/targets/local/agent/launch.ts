import { existsSync } from "node:fs"
import { dirname } from "node:path"
import { signal as sendSignal } from "../../../process/process-identity.ts"
import { lockHolder } from "../../../process/process-lock.ts"
import { installPostgres } from "../postgres/installation.ts"
import { AgentClient } from "./agent-client.ts"
import { agentSocket } from "./agent-socket.ts"
import { keepPrograms } from "./keep-programs.ts"
import { lastingNode } from "./lasting-node.ts"
import { programStore } from "./program-store.ts"
import { settle } from "./settle.ts"
import type { AgentSpec } from "./spec.ts"
import { startAgent } from "./start-agent.ts"
import type { AgentState, RunsFrom } from "./state.ts"
import { agentLock, stopAgent } from "./stop-agent.ts"
import { sweepPrograms } from "./sweep-programs.ts"
import { untilTrue } from "./until.ts"

export interface LaunchOptions {
  readonly signal: AbortSignal
  /** Called with what the agent is doing, whenever that changes. */
  readonly onPhase?: (phase: string) => void
}

/** How long an agent that is there may take to answer, in milliseconds. */
const adoptionDeadline = 5_000

/**
 * Makes an agent run with this spec, and waits until it has settled. Adopts one that runs already: an interrupted
 * create may have started it. Throws the agent's own coded failure.
 */
export async function launchAgent(spec: AgentSpec, options: LaunchOptions): Promise<AgentState> {
  const client = new AgentClient(spec.socket)
  const own = await prepare(spec, programStore())
  const running = await adoptable(spec, client, options.signal)
  if (running) {
    // It may lie in another cache than ours, when it was deployed from another login.
    if (running.store !== own.store) await prepare(spec, running.store)
    await client.apply(spec)
  } else await startAgent(spec, own, options.signal)
  return settle(client, options)
}

/** Puts all that an agent runs out of reach of whatever happens to the checkout. */
async function prepare(spec: AgentSpec, store: string): Promise<RunsFrom> {
  await sweepPrograms(store).catch(() => undefined)
  await keepPrograms(store, spec.bundles)
  const cache = dirname(store)
  if (spec.kind === "region") await installPostgres(cache)
  return { store, node: await lastingNode(cache) }
}

/** What an agent runs from that can go on with this spec. Any other that stands in its way is ended. */
async function adoptable(spec: AgentSpec, client: AgentClient, signal: AbortSignal): Promise<RunsFrom | undefined> {
  const lock = agentLock(spec.directory)
  if (lockHolder(lock) && (await agentSocket(spec)) === spec.socket) {
    // It may be starting right now, started by somebody who was killed since; or it was frozen.
    wake(lock)
    const patience = AbortSignal.any([signal, AbortSignal.timeout(adoptionDeadline)])
    const answered = async () => !lockHolder(lock) || (await client.state(3_000)) !== undefined
    await untilTrue(undefined, answered, patience).catch(() => signal.throwIfAborted())
  }
  const running = await client.state()
  const owner = running && lockHolder(lock)?.pid === running.pid
  if (owner && running.spec.directory === spec.directory && running.spec.programs === spec.programs) {
    // Without its Node, such as one that was uninstalled, it could start nothing any more.
    if (running.runsFrom && existsSync(running.runsFrom.node)) return running.runsFrom
  }
  if (running && running.spec.directory !== spec.directory) await stopAgent(running.spec, signal)
  await stopAgent(spec, signal)
  return undefined
}

function wake(lock: string): void {
  const holder = lockHolder(lock)
  if (holder) sendSignal(holder, "SIGCONT")
}

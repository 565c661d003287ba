import type { ReplicationLag } from "../../../environment-state.ts"
import type { AgentClient } from "../agent/agent-client.ts"
import type { AgentState } from "../agent/state.ts"

/** A database that is slow must not hold up whoever looks; in milliseconds. */
const deadline = 1_000

export interface AskedRegion {
  readonly name: string
  readonly agent: AgentClient
  readonly state: AgentState | undefined
}

/**
 * Asks every standby how far it is, and then the primary what that one lacks: a supervisor asks its own database only, so
 * that a standby is told of also while its primary cannot reach it. Regions that do not say are left out.
 */
export async function replicationLags(regions: readonly AskedRegion[]): Promise<ReadonlyMap<string, ReplicationLag>> {
  const [primary, another] = regions.filter(({ state }) => state?.region?.role === "primary")
  // While one gives way to the other, neither is to be asked.
  if (primary === undefined || another !== undefined) return new Map()
  const standbys = regions.filter(({ state }) => state?.region?.role === "standby")
  const lags = await Promise.all(
    standbys.map(async ({ name, agent }) => [name, await lagOf(agent, primary.agent)] as const),
  )
  return new Map(lags.flatMap(([name, lag]) => (lag === null ? [] : [[name, lag]])))
}

async function lagOf(standby: AgentClient, primary: AgentClient): Promise<ReplicationLag | null> {
  const signal = AbortSignal.timeout(deadline)
  try {
    const replayed = await standby.admin("replayed", {}, deadline, signal)
    return (await primary.admin("lag", replayed, deadline, signal)) as ReplicationLag | null
  } catch {
    return null
  }
}

import type { ReplicationLag, StandbyProgress } from "../../../environment-state.ts"
import { walBytes } from "../../../wal-position.ts"
import type { AgentClient } from "../agent/agent-client.ts"
import type { AgentState } from "../agent/state.ts"
import { ReplayedPosition } from "../postgres/replication-lag.ts"

/** A database that is slow must not hold up whoever looks; in milliseconds. */
const deadline = 1_000

export interface AskedRegion {
  readonly name: string
  readonly agent: AgentClient
  readonly state: AgentState | undefined
}

export interface StandbyAnswer {
  readonly replayed: StandbyProgress | null
  readonly lag: ReplicationLag | null
}

/**
 * Asks every standby how far it is, and then the primary what that one lacks: a supervisor asks its own database only, so
 * that a standby is told of also while its primary cannot reach it, or is dead. Regions that do not say are left out.
 */
export async function standbyAnswers(regions: readonly AskedRegion[]): Promise<ReadonlyMap<string, StandbyAnswer>> {
  const [only, another] = regions.filter(({ state }) => state?.region?.role === "primary")
  // While one gives way to the other, neither is to be asked.
  const primary = another === undefined ? only : undefined
  const standbys = regions.filter(({ state }) => state?.region?.role === "standby")
  const answers = standbys.map(async ({ name, agent }) => [name, await answerOf(agent, primary?.agent)] as const)
  return new Map(await Promise.all(answers))
}

async function answerOf(standby: AgentClient, primary: AgentClient | undefined): Promise<StandbyAnswer> {
  const signal = AbortSignal.timeout(deadline)
  const said = await standby.admin("replayed", {}, deadline, signal).catch(() => undefined)
  const lag = said === undefined ? undefined : primary?.admin("lag", said, deadline, signal)
  return { replayed: progress(said), lag: ((await lag?.catch(() => null)) ?? null) as ReplicationLag | null }
}

function progress(said: unknown): StandbyProgress | null {
  const { data } = ReplayedPosition.safeParse(said)
  if (data === undefined) return null
  const committedAt = data.committedAt === null ? null : new Date(data.committedAt).toISOString()
  return { position: Number(walBytes(data.position)), committedAt }
}

import { join } from "node:path"
import { catalog, type ErrorCode } from "../../../errors/catalog.ts"
import { ChatopsError } from "../../../errors/chatops-error.ts"
import type { AgentClient } from "./agent-client.ts"
import type { AgentState } from "./state.ts"

export interface SettleOptions {
  readonly signal: AbortSignal
  readonly onPhase?: (phase: string) => void
  /** Longest time without progress, in milliseconds. */
  readonly patience?: number
}

/** Longer than the agent's own patience with a primary, whose failure says more. */
const usualPatience = 120_000

/** Waits until the agent has done what it was told. Throws its own coded failure, or AGENT_FAILED when it gets nowhere. */
export async function settle(
  client: Pick<AgentClient, "changes">,
  { signal, onPhase, patience = usualPatience }: SettleOptions,
): Promise<AgentState> {
  const progress = new Progress()
  let phase: string | undefined
  // An agent tells its state every few seconds even if nothing changes.
  for await (const state of client.changes(signal)) {
    if (state.phase !== phase) onPhase?.(state.phase)
    phase = state.phase
    if (state.failure) throw failureOf(state)
    if (state.settled) return state
    const standstill = progress.standstill(state, performance.now())
    if (standstill > patience) throw stuck(state, standstill)
  }
  throw new ChatopsError("AGENT_FAILED", `the supervisor ended while it was ${phase ?? "starting"}`)
}

/** A state that was there before is no progress: a process that keeps ending goes in circles. */
export class Progress {
  readonly #seen = new Set<string>()
  #since = Number.NEGATIVE_INFINITY

  /** Milliseconds since the last state that was new. */
  standstill({ phase, processes }: Pick<AgentState, "phase" | "processes">, now: number): number {
    const steps = processes.map(({ name, status, ready }) => [name, status, ready])
    // Pauses before a restart grow, which is no progress either.
    const state = JSON.stringify([phase.replaceAll(/\d+ ms/g, "later"), steps])
    if (!this.#seen.has(state)) this.#since = now
    this.#seen.add(state)
    return now - this.#since
  }
}

function stuck({ phase, spec }: AgentState, standstill: number): ChatopsError {
  const seconds = Math.round(standstill / 1_000)
  return new ChatopsError(
    "AGENT_FAILED",
    `no progress for ${seconds} s: ${phase} (logs: ${join(spec.directory, "logs")})`,
  )
}

function failureOf({ failure, spec }: AgentState): ChatopsError {
  const code = failure && failure.code in catalog ? (failure.code as ErrorCode) : "AGENT_FAILED"
  return new ChatopsError(code, `${failure?.message} (logs: ${join(spec.directory, "logs")})`)
}

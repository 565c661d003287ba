import type { RegionPulse } from "../../../failover/watching.ts"
import type { AgentSpec } from "./spec.ts"
import type { AgentState } from "./state.ts"

/** What an agent does for its kind of spec. */
export interface Role {
  /** Makes true what the spec says, and goes on doing so; a later call replaces the spec. */
  apply(spec: AgentSpec): void
  state(): Promise<Pick<AgentState, "settled" | "phase" | "failure" | "processes" | "region" | "watcher" | "notify">>
  /** What a watcher goes by, where there is one to go by this part; cheap. */
  pulse?(): RegionPulse
  /** Cuts the way to a region's supervisor, as a drill does; returns what heals it. */
  cut?(region: string): () => void
  /** Functions of day-2 operations, by name; each takes and returns JSON. */
  readonly admin: Readonly<Record<string, (input: unknown) => Promise<unknown>>>
  /** Ends every process, data bases last, cleanly. */
  stop(): Promise<void>
}

/** What a role is given by its agent. */
export interface RoleContext {
  readonly directory: string
  /** Tells whoever waits that something changed. */
  changed(): void
  /** Remembers a child, so that the next agent can end it if this one dies first. */
  remember(name: string, pid: number, started: string): void
}

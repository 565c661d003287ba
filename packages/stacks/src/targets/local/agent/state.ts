import type { Register } from "@chatops/runtime/contract"
import type { Fitness, LostTurns, NotifyStatus, UnreadDirectory, WatcherStatus } from "../../../environment-state.ts"
import type { ErrorCode } from "../../../errors/catalog.ts"
import { ChatopsError } from "../../../errors/chatops-error.ts"
import { systemError } from "../../../errors/system-error.ts"
import type { AgentSpec } from "./spec.ts"

/** Milliseconds between states on `/events` when nothing changes: whoever listens can tell a frozen agent from a quiet one. */
export const heartbeatInterval = 5_000

/** The same on `/pulse`. */
export const pulseInterval = 200

/** What the agent answers on its socket. */
export interface AgentState {
  readonly kind: AgentSpec["kind"]
  readonly pid: number
  /** ISO 8601. */
  readonly startedAt: string
  /** Absent from a version whose programs lay in the checkout. */
  readonly runsFrom?: RunsFrom
  readonly spec: AgentSpec
  /** True once what the spec asks for is running. */
  readonly settled: boolean
  /** What is being done, or what is in the way; for people. */
  readonly phase: string
  readonly failure: AgentFailure | null
  readonly processes: readonly ProcessState[]
  readonly region: RegionState | null
  /** Of the entry, where it has one. Absent from a version that had none. */
  readonly watcher?: (Omit<WatcherStatus, "restraint"> & Partial<WatcherStatus>) | null
  /** The same. */
  readonly notify?: NotifyStatus | null
}

/** From where an agent, and what it starts, runs. */
export interface RunsFrom {
  /** Directory of programs. */
  readonly store: string
  /** Path of the Node that runs them. */
  readonly node: string
}

export interface AgentFailure {
  /** A code of the error catalog. */
  readonly code: string
  readonly message: string
}

/** An error as the agent shows it. */
export function agentFailure(error: unknown): AgentFailure {
  const known = systemError(error as Error)
  return { code: known instanceof ChatopsError ? known.code : "AGENT_FAILED", message: known.message }
}

const lasting: ReadonlySet<string> = new Set([
  "DATABASE_LOST",
  "DATABASE_VERSION",
  "REGION_SUPERSEDED",
  "WITNESS_UNREADABLE",
  "WITNESS_WENT_BACK",
] satisfies ErrorCode[])

/** Whether trying again by itself is in vain. */
export const needsAPerson = ({ code }: AgentFailure): boolean => lasting.has(code)

export interface ProcessState {
  readonly name: string
  readonly status: "starting" | "running" | "waiting" | "failed" | "stopped"
  readonly ready: boolean
  readonly reasons: readonly string[]
  readonly pid: number | null
  readonly restarts: number
}

export interface RegionState {
  readonly role: "primary" | "standby" | "unknown"
  /** As last read from the witness; null before the first answer. */
  readonly register: Register | null
  readonly incarnation: string | null
  readonly database: "running" | "starting" | "stopped"
  readonly streaming: boolean
  /** What its data held that the primary after it never got. Absent from a version that did not look. */
  readonly lostTurns?: LostTurns | null
  /** The same. */
  readonly unread?: UnreadDirectory | null
  /** Of a primary, ISO 8601. The same. */
  readonly primarySince?: string | null
  /** The same. */
  readonly fitness?: Fitness | null
  /** Whether its last question to the witness was answered. The same. */
  readonly witnessAnswers?: boolean | null
}

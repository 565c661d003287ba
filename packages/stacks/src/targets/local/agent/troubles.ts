import type { Task } from "../../../failover/protocol/supervisor.ts"
import { type AgentFailure, agentFailure } from "./state.ts"

/** A task, or what has no task: it goes when it has gone well. */
type What = Task["task"] | Lasting
type Lasting = "witness" | "memory" | "process" | "schema"
const lasting: ReadonlySet<What> = new Set<Lasting>(["witness", "memory", "process", "schema"])

interface Trouble {
  readonly error: Error
  readonly since: number
  readonly times: number
}

/** How long something may fail before people are told, in milliseconds. */
export interface Patience {
  readonly witness: number
  /** Longer: the primary may be creating its database, or restarting. */
  readonly primary: number
}

const usualPatience: Patience = { witness: 10_000, primary: 90_000 }
/** Failures without a code are most often of a database that ended just now: so many in a row are no accident. */
const stumblesLimit = 5

/** What is in the way and goes on being tried. Most failures pass: each is shown once it has not. */
export class Troubles {
  readonly #present = new Map<What, Trouble>()
  readonly #patience: Patience

  constructor(patience = usualPatience) {
    this.#patience = patience
  }

  outcome(what: What, error: Error | undefined, now = performance.now()): void {
    if (error === undefined) {
      this.#present.delete(what)
      return
    }
    const before = this.#present.get(what)
    this.#present.set(what, { error, since: before?.since ?? now, times: (before?.times ?? 0) + 1 })
  }

  /** The region serves: what failed on the way to that may never be tried again. */
  atRest(): void {
    for (const what of this.#present.keys()) if (!lasting.has(what)) this.#present.delete(what)
  }

  forgive(): void {
    this.#present.clear()
  }

  /** The one to show, if there is any: what has a code says more. */
  shown(now = performance.now()): AgentFailure | null {
    const lasting = [...this.#present.values()].filter(trouble => this.#lasts(trouble, now))
    const failures = lasting.map(({ error }) => agentFailure(error))
    return failures.find(({ code }) => code !== "AGENT_FAILED") ?? failures[0] ?? null
  }

  #lasts({ error, since, times }: Trouble, now: number): boolean {
    switch (agentFailure(error).code) {
      case "WITNESS_UNREACHABLE":
        return now - since > this.#patience.witness
      case "DATABASE_COPY":
      case "SCHEMA_BEHIND":
        return now - since > this.#patience.primary
      case "AGENT_FAILED":
        return times >= stumblesLimit
      default:
        return true
    }
  }
}

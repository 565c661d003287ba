import { isDeepStrictEqual } from "node:util"
import type { Role, RoleContext } from "./role.ts"
import type { AgentSpec } from "./spec.ts"
import { type AgentFailure, agentFailure } from "./state.ts"
import { type ProcessPlan, SupervisedProcess } from "./supervised-process.ts"

/** Gives the running process its new spec; false, or an error, when only a restart can. */
export type LiveUpdate<Spec> = (spec: Spec, previous: Spec) => Promise<boolean>

/** Before what could not be begun is tried again, in milliseconds; a disk that is full now may not be later. */
const usualRetryPause = 5_000

/** A role that keeps one process running. */
export class SimpleRole<Spec extends AgentSpec> implements Role {
  readonly admin = {}
  readonly #context: RoleContext
  readonly #plan: (spec: Spec) => ProcessPlan
  readonly #live: LiveUpdate<Spec> | undefined
  /** What was asked for last, and what the process runs with. */
  #wanted: Spec | undefined
  #spec: Spec | undefined
  #process: SupervisedProcess | undefined
  #failure: AgentFailure | null = null
  #applying: Promise<void> = Promise.resolve()
  #pending = 0
  #retry: NodeJS.Timeout | undefined
  readonly #retryPause: number

  constructor(
    context: RoleContext,
    plan: (spec: Spec) => ProcessPlan,
    live?: LiveUpdate<Spec>,
    retryPause = usualRetryPause,
  ) {
    this.#context = context
    this.#plan = plan
    this.#live = live
    this.#retryPause = retryPause
  }

  apply(spec: AgentSpec): void {
    this.#wanted = spec as Spec
    this.#failure = null
    this.#process?.forgive()
    this.#begin(this.#wanted)
  }

  #begin(spec: Spec): void {
    this.#pending++
    this.#applying = this.#applying
      .then(() => this.#try(spec))
      .finally(() => {
        this.#pending--
        this.#context.changed()
      })
  }

  /** A failure is shown until it has gone well. */
  async #try(spec: Spec): Promise<void> {
    if (spec !== this.#wanted) return
    try {
      await this.#apply(spec)
      this.#failure = null
    } catch (error) {
      this.#failure = agentFailure(error)
      this.#retry = setTimeout(() => this.#begin(spec), this.#retryPause)
    }
  }

  async state() {
    const process = this.#process?.state
    const failure = this.#failure ?? this.#process?.failure ?? null
    const settled = this.#pending === 0 && process?.ready === true
    return {
      settled,
      phase: process?.reasons.join("; ") || "running",
      failure,
      processes: process ? [process] : [],
      region: null,
    }
  }

  async stop(): Promise<void> {
    this.#wanted = undefined
    await this.#applying
    clearTimeout(this.#retry)
    await this.#process?.stop()
  }

  async #apply(spec: Spec): Promise<void> {
    const previous = this.#spec
    const running = this.#process
    if (running && isDeepStrictEqual(previous, spec)) return running.start()
    if (running?.state.ready && previous && (await this.#live?.(spec, previous).catch(() => false))) {
      this.#spec = spec
      return
    }
    // Planned before anything is stopped: a full disk must not take down what runs.
    const plan = this.#plan(spec)
    await running?.stop()
    const process = new SupervisedProcess(plan)
    process.on("change", () => this.#context.changed())
    process.on("spawned", ({ pid, started }) => this.#context.remember(process.plan.name, pid, started))
    this.#spec = spec
    this.#process = process
    process.start()
  }
}

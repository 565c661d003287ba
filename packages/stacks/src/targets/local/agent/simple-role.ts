import { isDeepStrictEqual } from "node:util"
import type { Role, RoleContext } from "./role.ts"
import type { AgentSpec } from "./spec.ts"
import { type AgentFailure, agentFailure } from "./state.ts"
import { type ProcessPlan, SupervisedProcess } from "./supervised-process.ts"

/** Gives the running process its new spec; false, or an error, when only a restart can. */
export type LiveUpdate<Spec> = (spec: Spec, previous: Spec) => Promise<boolean>

/** A role that keeps one process running. */
export class SimpleRole<Spec extends AgentSpec> implements Role {
  readonly admin = {}
  readonly #context: RoleContext
  readonly #plan: (spec: Spec) => ProcessPlan
  readonly #live: LiveUpdate<Spec> | undefined
  #spec: Spec | undefined
  #process: SupervisedProcess | undefined
  #failure: AgentFailure | null = null
  #applying: Promise<void> = Promise.resolve()
  #pending = 0

  constructor(context: RoleContext, plan: (spec: Spec) => ProcessPlan, live?: LiveUpdate<Spec>) {
    this.#context = context
    this.#plan = plan
    this.#live = live
  }

  apply(spec: AgentSpec): void {
    this.#pending++
    this.#failure = null
    this.#process?.forgive()
    this.#applying = this.#applying
      .then(() => this.#apply(spec as Spec))
      .catch(error => {
        this.#failure = agentFailure(error)
      })
      .finally(() => {
        this.#pending--
        this.#context.changed()
      })
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
    await this.#applying
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
    await running?.stop()
    const process = new SupervisedProcess(this.#plan(spec))
    process.on("change", () => this.#context.changed())
    process.on("spawned", ({ pid, started }) => this.#context.remember(process.plan.name, pid, started))
    this.#spec = spec
    this.#process = process
    process.start()
  }
}

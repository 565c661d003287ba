import { ChatopsError } from "@chatops/stacks/errors"
import type { Journal, OperationOutcome } from "./journal.ts"
import type { FinishedStep, Operation, OperationServices, Step, StepContext, StepResult } from "./operation.ts"
import type { OperationListener } from "./operation-event.ts"
import { recordAborted } from "./record-in-ledger.ts"

export interface RunOptions {
  readonly services: OperationServices
  readonly signal: AbortSignal
  readonly listen: OperationListener
  /** Asked when a step failed and a person is there; absent, the operation pauses. */
  readonly onFailure?: (step: string, error: Error) => Promise<"retry" | "abort" | "pause">
}

export interface OperationRunParts {
  readonly id: string
  readonly operation: Operation
  readonly journal: Journal
  readonly options: RunOptions
  readonly finished: readonly FinishedStep[]
  readonly giveUp?: (() => Promise<unknown>) | undefined
}

export interface OperationResult {
  readonly id: string
  readonly kind: string
  readonly outcome: "succeeded" | "unchanged"
  readonly steps: readonly FinishedStep[]
  readonly outputs: Readonly<Record<string, unknown>>
}

/** One run of an operation, first or resumed. */
export class OperationRun {
  readonly #id: string
  readonly #operation: Operation
  readonly #journal: Journal
  readonly #options: RunOptions
  readonly #finished: FinishedStep[]
  /** Gives up what this operation supersedes; called once, before anything is changed. */
  #giveUp: (() => Promise<unknown>) | undefined

  constructor(parts: OperationRunParts) {
    this.#id = parts.id
    this.#operation = parts.operation
    this.#journal = parts.journal
    this.#options = parts.options
    this.#finished = [...parts.finished]
    this.#giveUp = parts.giveUp
  }

  async go(known: Readonly<Record<string, unknown>>, resumed: boolean): Promise<OperationResult> {
    const { listen, services } = this.#options
    const { kind, steps } = this.#operation
    const outputs: Record<string, unknown> = { ...known }
    listen({
      type: "begun",
      id: this.#id,
      kind,
      environment: services.environment.config.name,
      steps: steps.map(({ name }) => name),
      resumed,
    })
    for (const step of steps) {
      if (step.name in known) continue
      const result = await this.#persist(step, outputs)
      outputs[step.name] = result?.output ?? null
      if (result?.end) return this.#end("unchanged", outputs)
    }
    return this.#end("succeeded", outputs)
  }

  /** Runs one step until it succeeds or somebody decides otherwise. */
  async #persist(step: Step, outputs: Record<string, unknown>): Promise<StepResult | undefined> {
    const { listen, signal } = this.#options
    for (;;) {
      const began = performance.now()
      const startedAt = new Date().toISOString()
      try {
        signal.throwIfAborted()
        if (!step.harmless) await this.#supersede()
        this.#journal.append({ type: "step-started", step: step.name, at: startedAt, harmless: step.harmless })
        listen({ type: "step-started", step: step.name })
        const result = await step.run(this.#context(step, outputs))
        const durationMs = Math.round(performance.now() - began)
        const summary = result?.summary ?? ""
        this.#journal.append({
          type: "step-finished",
          step: step.name,
          at: new Date().toISOString(),
          durationMs,
          summary,
          harmless: step.harmless,
          output: result?.output ?? null,
        })
        this.#finished.push({ name: step.name, startedAt, durationMs, summary, harmless: step.harmless })
        listen({ type: "step-finished", step: step.name, durationMs, summary, details: result?.details ?? [] })
        return result
      } catch (error) {
        const decision = await this.#failed(step, error as Error, performance.now() - began)
        if (decision === "pause") throw this.#paused(step.name, error as Error)
        if (decision === "give-up") throw error
      }
    }
  }

  async #supersede(): Promise<void> {
    await this.#giveUp?.()
    this.#giveUp = undefined
  }

  async #failed(step: Step, error: Error, durationMs: number): Promise<"retry" | "pause" | "give-up"> {
    const { listen, signal, services, onFailure } = this.#options
    if (signal.aborted) {
      if (step.harmless) this.#close("aborted", "interrupted before anything was changed")
      listen({ type: "ended", outcome: step.harmless ? "aborted" : "interrupted" })
      return "give-up"
    }
    const code = error instanceof ChatopsError ? error.code : "INTERNAL"
    this.#journal.append({
      type: "step-failed",
      step: step.name,
      at: new Date().toISOString(),
      code,
      message: error.message,
    })
    listen({ type: "step-failed", step: step.name, durationMs: Math.round(durationMs), message: error.message })
    if (step.harmless || step.leavesNothing?.(code)) {
      this.#close("failed", error.message)
      listen({ type: "ended", outcome: "failed" })
      return "give-up"
    }
    const decision = (await onFailure?.(step.name, error)) ?? "pause"
    if (decision === "retry") return "retry"
    if (decision === "abort") {
      const aborted = { id: this.#id, kind: this.#operation.kind, finished: this.#finished }
      for (const text of await recordAborted(services, aborted, error.message))
        listen({ type: "step-progress", step: step.name, part: "ledger", text })
      this.#close("aborted", error.message)
    }
    listen({ type: "ended", outcome: decision === "abort" ? "aborted" : "paused" })
    return decision === "abort" ? "give-up" : "pause"
  }

  /** The failure as the user meets it: what failed and what is done already, how to mend it, and that the operation waits. */
  #paused(step: string, error: Error): ChatopsError {
    const known = error instanceof ChatopsError ? error : undefined
    const done = this.#finished.filter(({ harmless }) => !harmless).map(({ name, summary }) => ({ name, summary }))
    const before = done.map(({ summary }) => summary).filter(summary => summary !== "")
    const told = before.length === 0 ? "" : `\n  Done before: ${before.join("; ")}`
    return new ChatopsError(
      "OPERATION_PAUSED",
      `${this.#operation.kind} stopped at step ${step}: ${error.message}${told}`,
      {
        cause: error,
        hint: `${known ? `${known.hint}\n  ` : ""}Then \`chatops resume\` goes on from there; \`chatops resume --abort\` gives it up.`,
        details: { operation: this.#id, step, code: known?.code ?? "INTERNAL", done, ...known?.details },
      },
    )
  }

  #context(step: Step, outputs: Readonly<Record<string, unknown>>): StepContext {
    const { services, signal, listen } = this.#options
    return {
      ...services,
      operationId: this.#id,
      kind: this.#operation.kind,
      superseding: this.#giveUp !== undefined,
      signal,
      finished: this.#finished,
      progress: (part, text) => listen({ type: "step-progress", step: step.name, part, text }),
      stream: (part, text) => listen({ type: "step-text", step: step.name, part, text }),
      output: <Value>(name: string) => outputs[name] as Value,
    }
  }

  #end(outcome: OperationResult["outcome"], outputs: Readonly<Record<string, unknown>>): OperationResult {
    this.#close(outcome)
    this.#options.listen({ type: "ended", outcome })
    return { id: this.#id, kind: this.#operation.kind, outcome, steps: this.#finished, outputs }
  }

  #close(outcome: OperationOutcome, reason?: string): void {
    this.#journal.append({
      type: "ended",
      outcome,
      at: new Date().toISOString(),
      ...(reason !== undefined && { reason }),
    })
    this.#journal.close()
  }
}

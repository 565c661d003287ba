import type { Environment, EnvironmentState } from "@chatops/stacks"
import type { Plan } from "./plan.ts"
import type { OperationResult } from "./run-operation.ts"

/** What `deploy --json` prints. */
export interface DeployResult {
  readonly operation: string
  readonly outcome: "succeeded" | "unchanged"
  readonly environment: string
  readonly release: string
  readonly entry: { readonly url: string | null }
  readonly primary: string | null
  readonly changes: Plan["changes"]
  readonly notes: readonly string[]
  /** The answer that verified the deploy; null when nothing was changed. */
  readonly verification: { readonly turn: string; readonly answer: string; readonly region: string | null } | null
  readonly steps: readonly { readonly name: string; readonly durationMs: number }[]
}

export function deployResult(result: OperationResult, state: EnvironmentState, environment: Environment): DeployResult {
  const plan = result.outputs["plan"] as Plan
  const verified = result.outputs["verify"] as DeployResult["verification"] | undefined
  return {
    operation: result.id,
    outcome: result.outcome === "unchanged" ? "unchanged" : "succeeded",
    environment: environment.config.name,
    release: environment.release,
    entry: { url: state.entry.url },
    primary: state.witness.register?.primary ?? null,
    changes: plan.changes,
    notes: plan.notes,
    verification: verified ? { turn: verified.turn, answer: verified.answer, region: verified.region } : null,
    steps: result.steps.map(({ name, durationMs }) => ({ name, durationMs })),
  }
}

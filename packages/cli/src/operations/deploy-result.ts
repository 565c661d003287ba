import type { Environment, EnvironmentState } from "@chatops/stacks"
import type { DeployResult } from "../results/deploy.ts"
import type { OperationResult } from "./operation-run.ts"
import type { Plan } from "./plan.ts"

/** What `deploy --json` prints. */
export function deployResult(result: OperationResult, state: EnvironmentState, environment: Environment): DeployResult {
  const plan = result.outputs["plan"] as Plan
  const verified = result.outputs["verify"] as DeployResult["verification"] | undefined
  return {
    operation: result.id,
    outcome: result.outcome,
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

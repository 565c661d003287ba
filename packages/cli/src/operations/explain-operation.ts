import { ChatopsError } from "@chatops/stacks/errors"
import type { ExplanationResult } from "../results/explanation.ts"
import { type FailoverChoice, planOf } from "./failover-preflight.ts"
import type { Operation, OperationServices } from "./operation.ts"

/** What a change of primary would do now, step by step, and how a person does each by hand. Changes nothing. */
export async function explainChange(
  operation: Operation,
  choice: FailoverChoice,
  { target, environment }: OperationServices,
  command: (words: string) => string,
  signal: AbortSignal,
): Promise<ExplanationResult> {
  const { name, primary } = environment.config
  const state = await target.inspect(signal)
  if (!state.deployed) throw new ChatopsError("NOT_DEPLOYED", `environment ${name} is not deployed`)
  const refusal = refusalOf(() => planOf(state, choice, primary))
  const from = state.witness.register?.primary ?? primary
  const others = state.regions.map(region => region.name).filter(region => region !== from)
  const wanted = choice.back ? primary : choice.to
  const to = wanted ?? state.witness.register?.inSync?.region ?? others[0] ?? from
  const subject = { from, to, byHand: target.byHand, command }
  const steps = operation.steps.flatMap(({ name, runbook }) => (runbook === undefined ? [] : [{ name, runbook }]))
  return {
    operation: operation.kind,
    environment: name,
    from,
    to,
    possible: refusal === undefined,
    refusal: refusal === undefined ? null : { code: refusal.code, message: refusal.message },
    steps: await Promise.all(
      steps.map(async ({ name, runbook }) => {
        const { does, byHand } = await runbook(subject)
        return { name, does, byHand: [...byHand] }
      }),
    ),
  }
}

function refusalOf(look: () => unknown): ChatopsError | undefined {
  try {
    look()
    return undefined
  } catch (error) {
    if (error instanceof ChatopsError) return error
    throw error
  }
}

import { ChatopsError } from "@chatops/stacks/errors"
import type { ExplanationResult } from "../results/explanation.ts"
import { type FailoverChoice, type FailoverPlan, planOf, warningsOf } from "./failover-preflight.ts"
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
  const { plan, warnings, refusal } = planNow(() => planOf(state, choice, primary, Date.now()))
  const from = state.witness.register?.primary ?? primary
  const others = state.regions.map(region => region.name).filter(region => region !== from)
  const wanted = choice.back ? primary : choice.to
  const to = plan?.to ?? wanted ?? state.witness.register?.inSync?.region ?? others[0] ?? from
  const told = refusal && { code: refusal.code, message: refusal.message, hint: refusal.hint }
  if (to === from) return { ...nothing(operation, name, from), refusal: told ?? alreadyThere(from) }
  const { claim = "in-sync" } = plan ?? {}
  const subject = { from, to, claim, lease: state.witness.register?.lease ?? null, byHand: target.byHand, command }
  const steps = operation.steps.flatMap(({ name, runbook }) => (runbook === undefined ? [] : [{ name, runbook }]))
  return {
    operation: operation.kind,
    environment: name,
    from,
    to,
    possible: refusal === undefined,
    refusal: told ?? null,
    warnings: warnings ?? [],
    steps: await Promise.all(
      steps.map(async ({ name, runbook }) => {
        const { does, byHand } = await runbook(subject)
        return { name, does, byHand: [...byHand] }
      }),
    ),
  }
}

const nothing = ({ kind }: Operation, environment: string, region: string) => ({
  operation: kind,
  environment,
  from: region,
  to: region,
  possible: false,
  warnings: [],
  steps: [],
})

const alreadyThere = (region: string) => ({
  code: "UNCHANGED",
  message: `${region} is the primary already`,
  hint: "There is nothing to do.",
})

interface PlanNow {
  readonly plan?: FailoverPlan
  readonly warnings?: string[]
  readonly refusal?: ChatopsError
}

function planNow(look: () => ReturnType<typeof planOf>): PlanNow {
  try {
    const { plan, readiness } = look()
    return { plan, warnings: warningsOf(readiness) }
  } catch (error) {
    if (error instanceof ChatopsError) return { refusal: error }
    throw error
  }
}

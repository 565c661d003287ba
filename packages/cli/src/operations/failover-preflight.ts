import type { EnvironmentState } from "@chatops/stacks"
import { ChatopsError } from "@chatops/stacks/errors"
import { type Readiness, readinessOf } from "@chatops/stacks/failover"
import type { StepContext, StepResult } from "./operation.ts"

/** What was asked for. */
export interface FailoverChoice {
  readonly to?: string
  readonly planned?: boolean
  /** To the preferred primary, and only when redundancy is whole. */
  readonly back?: boolean
}

/** What `preflight` found. */
export type FailoverPlan = {
  readonly from: string
  readonly to: string
  readonly epoch: number
  readonly planned: boolean
}

export async function preflight(context: StepContext, choice: FailoverChoice): Promise<StepResult> {
  const state = await context.target.inspect(context.signal)
  const { name, primary } = context.environment.config
  if (!state.deployed) throw new ChatopsError("NOT_DEPLOYED", `environment ${name} is not deployed`)
  const { plan, readiness } = planOf(state, choice, primary)
  if (plan.to === plan.from) return { output: plan, summary: `${plan.from} is the primary already`, end: true }
  const held = choice.planned ? "can take over" : "holds every acknowledged turn and can take over"
  const warnings = readiness.checks.filter(({ verdict }) => verdict === "warning").map(({ detail }) => detail)
  return { output: plan, summary: `${plan.to} ${held} from ${plan.from}`, details: warnings }
}

/** Throws WITNESS_UNREACHABLE and FAILOVER_IMPOSSIBLE. */
export function planOf(
  state: EnvironmentState,
  { to, planned = false, back = false }: FailoverChoice,
  preferred: string,
): { readonly plan: FailoverPlan; readonly readiness: Readiness } {
  const readiness = readinessOf(state, { to: back ? preferred : to, planned })
  const { register } = state.witness
  const [worst] = readiness.checks
  if (readiness.from === null || register === null || worst?.name === "witness")
    throw new ChatopsError("WITNESS_UNREACHABLE", worst?.detail ?? "the witness shows no register")
  const plan = { from: readiness.from, to: readiness.to ?? readiness.from, epoch: register.epoch, planned }
  if (readiness.to === readiness.from) return { plan, readiness }
  const missing = back ? whatIsMissing(state) : []
  if (missing.length > 0)
    throw new ChatopsError("FAILOVER_IMPOSSIBLE", `redundancy is not whole yet: ${missing.join("; ")}`)
  if (!readiness.possible)
    throw new ChatopsError("FAILOVER_IMPOSSIBLE", worst?.detail ?? "no region can take over", wayOut(state, plan))
  return { plan, readiness }
}

/** A region that is only not in sync can be brought into it first, as long as the primary works along. */
function wayOut(state: EnvironmentState, { to, planned }: FailoverPlan): { readonly hint?: string } {
  if (planned || !readinessOf(state, { to, planned: true }).possible) return {}
  const inSync = state.witness.register?.inSync?.region
  const other = inSync === undefined ? "" : ` Without \`--planned\`, ${inSync} can take over now: \`chatops failover\`.`
  return { hint: `\`chatops failover --planned --to ${to}\` brings ${to} into sync first.${other}` }
}

/** Regions that would be no help if the next one died. */
function whatIsMissing({ regions, witness }: EnvironmentState): string[] {
  const { register } = witness
  const unwell = regions.filter(({ healthy }) => !healthy).map(({ name, detail }) => `${name}: ${detail}`)
  const alone = register?.durability === "zero-loss" && register.inSync === null
  return alone && unwell.length === 0 ? [`no region is in sync with ${register.primary}`] : unwell
}

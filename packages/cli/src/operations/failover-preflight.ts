import type { EnvironmentState } from "@chatops/stacks"
import { ChatopsError } from "@chatops/stacks/errors"
import { type Lacking, type Readiness, readinessOf } from "@chatops/stacks/failover"
import { lossLines } from "./failover-loss.ts"
import { wayOut } from "./failover-way-out.ts"
import type { StepContext, StepResult } from "./operation.ts"

/** What was asked for. */
export interface FailoverChoice {
  readonly to?: string
  readonly planned?: boolean
  /** Though turns may be lost. */
  readonly force?: boolean
  /** To the preferred primary, and only when redundancy is whole. */
  readonly back?: boolean
}

/** What `preflight` found. */
export type FailoverPlan = {
  readonly from: string
  readonly to: string
  readonly epoch: number
  readonly planned: boolean
  /** Absent from an operation that was begun by an earlier version, as all below. */
  readonly claim?: Readiness["claim"]
  /** What `to` lacks that would be lost; null: nothing. */
  readonly lacks?: Lacking | null
  /** Who could take over as well, and lacks less. */
  readonly further?: string | null
  /** When it was asked for that, in milliseconds since 1970. */
  readonly askedAt?: number
  /** The former primary's lease, in milliseconds. */
  readonly lease?: number | null
}

export async function preflight(context: StepContext, choice: FailoverChoice): Promise<StepResult> {
  const askedAt = Date.now()
  const state = await context.target.inspect(context.signal)
  const { name, primary } = context.environment.config
  if (!state.deployed) throw new ChatopsError("NOT_DEPLOYED", `environment ${name} is not deployed`)
  const { plan, readiness } = planOf(state, choice, primary, askedAt)
  if (plan.to === plan.from) return { output: plan, summary: `${plan.from} is the primary already`, end: true }
  const along = plan.claim === "async" && readinessOf(state, { to: plan.to, planned: true }).possible
  const better = along ? [`${plan.from} works, and could work along: with --planned nothing is lost`] : []
  return {
    output: plan,
    summary: summaryOf(plan),
    details: [...warningsOf(readiness), ...(await lossLines(context, plan)), ...better],
  }
}

/** What does not keep it from succeeding, and users would feel. */
export const warningsOf = ({ checks }: Readiness): string[] =>
  checks.filter(({ verdict }) => verdict === "warning").map(({ detail }) => detail)

function summaryOf({ from, to, planned, claim }: FailoverPlan): string {
  if (planned) return `${to} can take over from ${from}`
  if (claim === "in-sync") return `${to} holds every acknowledged turn and can take over from ${from}`
  return `${to} can take over from ${from}, and what it lacks is lost`
}

/** Throws WITNESS_UNREACHABLE and FAILOVER_IMPOSSIBLE. */
export function planOf(
  state: EnvironmentState,
  { to, planned = false, back = false, force = false }: FailoverChoice,
  preferred: string,
  askedAt: number,
): { readonly plan: FailoverPlan; readonly readiness: Readiness } {
  const readiness = readinessOf(state, { to: back ? preferred : to, planned, force })
  const { register } = state.witness
  const [worst] = readiness.checks
  if (readiness.from === null || register === null || !state.witness.healthy)
    throw new ChatopsError("WITNESS_UNREACHABLE", worst?.detail ?? "the witness shows no register")
  const { from, claim, lacks, further } = readiness
  const { epoch, lease } = register
  const plan = { from, to: readiness.to ?? from, epoch, planned, claim, lacks, further, askedAt, lease }
  if (readiness.to === readiness.from) return { plan, readiness }
  const missing = back ? whatIsMissing(state) : []
  if (missing.length > 0)
    throw new ChatopsError("FAILOVER_IMPOSSIBLE", `redundancy is not whole yet: ${missing.join("; ")}`)
  if (state.regions.length < 2)
    throw new ChatopsError("FAILOVER_IMPOSSIBLE", worst?.detail ?? "there is no other region", {
      hint: "Add a region to chatops.yaml and run `chatops deploy`: it comes into sync by itself.",
    })
  if (!readiness.possible)
    throw new ChatopsError(
      "FAILOVER_IMPOSSIBLE",
      worst?.detail ?? "no region can take over",
      wayOut(state, { to, planned, force }),
    )
  return { plan, readiness }
}

/** Regions that would be no help if the next one died. */
function whatIsMissing({ regions, witness }: EnvironmentState): string[] {
  const { register } = witness
  const unwell = regions.filter(({ healthy }) => !healthy).map(({ name, detail }) => `${name}: ${detail}`)
  const alone = register?.durability === "zero-loss" && register.inSync === null
  return alone && unwell.length === 0 ? [`no region is in sync with ${register.primary}`] : unwell
}

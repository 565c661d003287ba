import type { Environment, EnvironmentState } from "@chatops/stacks"
import { ChatopsError } from "@chatops/stacks/errors"
import type { StackChange } from "../engine/engine.ts"
import { regionStack, type StackName, stackWaves } from "../engine/stack-name.ts"
import type { OperationServices, StackEngine } from "./operation.ts"

export interface Plan {
  /** In the order in which they will be made; none: there is nothing to do. */
  readonly changes: readonly StackChange[]
  /** Regions that are deployed and no longer in chatops.yaml. */
  readonly retired: readonly string[]
  /** What will not happen although chatops.yaml may suggest it. */
  readonly notes: readonly string[]
}

/** Previews of all stacks at once, beside what the target itself says is running. */
export async function makePlan(
  { environment, begunStacks }: Pick<OperationServices, "environment" | "begunStacks">,
  engine: StackEngine,
  state: EnvironmentState,
): Promise<Plan> {
  const regions = environment.config.regions.map(region => region.name as string)
  const names = stackWaves(regions).flat()
  const retired = deployedRegions(await begunStacks()).filter(region => !regions.includes(region))
  refuseToRetirePrimary(retired, state)
  const previews = await Promise.all(names.map(name => engine.preview(name)))
  return { changes: previews.flat(), retired, notes: primaryNote(environment, state) }
}

export const isEmpty = ({ changes, retired }: Plan): boolean => changes.length === 0 && retired.length === 0

export const changedStacks = ({ changes }: Plan): ReadonlySet<StackName> => new Set(changes.map(change => change.stack))

/** `2 to create, 1 to update`. */
export function summarisePlan(plan: Plan): string {
  const counts = Map.groupBy(plan.changes, change => change.operation)
  const parts = [...counts].map(([operation, changes]) => `${changes.length} to ${operation}`)
  if (plan.retired.length > 0) parts.push(`${plan.retired.length} to remove`)
  return parts.length > 0 ? parts.join(", ") : "nothing to change"
}

function deployedRegions(stacks: readonly StackName[]): string[] {
  const prefix = regionStack("")
  return stacks.filter(name => name.startsWith(prefix)).map(name => name.slice(prefix.length))
}

/** The plan for people: one line a change, its reasons below it. */
export function describePlan({ changes, retired, notes }: Plan): string[] {
  return [
    ...changes.flatMap(({ stack, operation, reasons }) => [
      `${symbols[operation]} ${stack}: ${operation}`,
      ...reasons.map(reason => `    ${reason}`),
    ]),
    ...retired.map(region => `${symbols.delete} ${regionStack(region)}: remove, with its copy of the data`),
    ...notes.map(note => `! ${note}`),
  ]
}

const symbols = { create: "+", update: "~", replace: "±", delete: "-" } as const

function refuseToRetirePrimary(retired: readonly string[], { witness }: EnvironmentState): void {
  const primary = witness.register?.primary
  if (primary === undefined || !retired.includes(primary)) return
  throw new ChatopsError(
    "REGION_IS_PRIMARY",
    `region ${primary} is no longer in chatops.yaml, but it is the primary and holds the data`,
    { details: { region: primary } },
  )
}

function primaryNote({ config }: Environment, { witness }: EnvironmentState): string[] {
  const primary = witness.register?.primary
  if (primary === undefined || primary === config.primary) return []
  return [
    `primary: chatops.yaml prefers ${config.primary}, but ${primary} is the primary and stays it: a deploy never moves the primary, so that a stale one cannot undo a failover. Moving it is what \`failover\` is for.`,
  ]
}

/** The plan alone, for a preview. */
export async function planOf(services: OperationServices): Promise<Plan> {
  const { target, engine } = services
  await target.validate(AbortSignal.timeout(30_000))
  const [state, opened] = await Promise.all([target.inspect(AbortSignal.timeout(30_000)), engine()])
  return makePlan(services, opened, state)
}

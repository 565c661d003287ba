import type { ActiveFault, EnvironmentConfig, OpenTarget } from "@chatops/stacks"
import { faultName, regionsOf, type Scenario } from "@chatops/stacks/drill"
import { ChatopsError } from "@chatops/stacks/errors"
import type { DrillChoice } from "./drill.ts"

/** Throws DRILL_PRODUCTION where what is in production would be broken, and nobody said that it may be. */
export function refuseProduction(
  { name, production }: Pick<EnvironmentConfig, "name" | "production">,
  { scenario, yesProduction }: Pick<DrillChoice, "scenario" | "yesProduction">,
  context?: ConstructorParameters<typeof ChatopsError>[2],
): void {
  if (production && !yesProduction)
    throw new ChatopsError("DRILL_PRODUCTION", `${name} is in production, and ${scenario.name} breaks it`, context)
}

/** Throws FAULT_ACTIVE. */
export async function refuseBroken(target: OpenTarget): Promise<void> {
  const [active] = await target.faults.active()
  if (active) throw alreadyBroken(active)
}

function alreadyBroken({ fault, healsAt }: ActiveFault): ChatopsError {
  const until = new Date(healsAt).toISOString()
  const left = Math.max(0, Math.ceil((healsAt - Date.now()) / 1_000))
  const message = `${faultName(fault)} is in effect already, by another drill, until ${until}: ${left} s from now`
  return new ChatopsError("FAULT_ACTIVE", message, { details: { kind: fault.kind, healsAt: until } })
}

/** Throws SCENARIO_INVALID where two faults meet, and FAULT_UNSUPPORTED where one cannot be made. */
export async function refuseUnable(target: OpenTarget, { faults }: Scenario): Promise<void> {
  for (const [index, one] of faults.entries())
    for (const other of faults.slice(index + 1))
      if (overlap(one, other))
        throw new ChatopsError("SCENARIO_INVALID", `${faultName(one.fault)} and ${faultName(other.fault)} overlap`)
  const able = await target.faults.able()
  for (const { fault } of faults) {
    const answer = able.get(fault.kind)
    if (answer !== true) throw new ChatopsError("FAULT_UNSUPPORTED", `${fault.kind}: ${answer ?? "not on this target"}`)
  }
}

type Planned = Scenario["faults"][number]

/** At the same time, in the same region. */
const overlap = (one: Planned, other: Planned): boolean =>
  regionsOf(one.fault).some(region => regionsOf(other.fault).includes(region)) &&
  one.after < other.after + other.healAfter &&
  other.after < one.after + one.healAfter

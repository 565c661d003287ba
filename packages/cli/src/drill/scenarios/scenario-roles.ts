import { type Fault, Fault as FaultSchema, type Scenario } from "@chatops/stacks/drill"
import { ChatopsError } from "@chatops/stacks/errors"

/** Who stands for `$primary` and `$standby` in a scenario, at the moment when its drill begins. */
export interface Roles {
  readonly primary: string
  /** The region in sync or, under `async`, the first that follows; null where there is one region only. */
  readonly standby: string | null
  /** All that there are. */
  readonly regions: readonly string[]
}

/** The same scenario with every role replaced by the region that holds it now. Throws SCENARIO_INVALID. */
export function withRoles(scenario: Scenario, roles: Roles): Scenario {
  return { ...scenario, faults: scenario.faults.map(entry => ({ ...entry, fault: faultOf(entry.fault, roles) })) }
}

function faultOf(fault: Fault, roles: Roles): Fault {
  const named = (region: string): string => {
    if (region === "$primary") return roles.primary
    if (region !== "$standby") {
      if (roles.regions.includes(region)) return region
      throw new ChatopsError(
        "SCENARIO_INVALID",
        `${fault.kind}: there is no region ${region}, only ${roles.regions.join(", ")}`,
      )
    }
    if (roles.standby === null)
      throw new ChatopsError("SCENARIO_INVALID", `${fault.kind} needs a standby, and there is none now`)
    return roles.standby
  }
  return FaultSchema.parse(
    "region" in fault
      ? { ...fault, region: named(fault.region) }
      : { ...fault, regions: fault.regions.map(region => named(region)) },
  )
}

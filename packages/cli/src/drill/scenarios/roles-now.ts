import type { EnvironmentState } from "@chatops/stacks"
import type { Roles } from "./scenario-roles.ts"

/** Who is primary, and who would take over, as far as it can be seen from outside. */
export function rolesOf({ witness: { register }, regions }: EnvironmentState, preferred: string): Roles {
  const primary = register?.primary ?? preferred
  const follower = regions.find(({ name, streaming }) => name !== primary && streaming)?.name
  const standby = register?.inSync?.region ?? follower ?? null
  return { primary, standby, regions: regions.map(({ name }) => name) }
}

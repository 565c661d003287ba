import type { EnvironmentState, RegionStatus } from "../environment-state.ts"
import { compareProgress } from "./lacking.ts"

/** Who would take over where nobody is named; undefined: nobody may. */
export function candidate(
  { witness, regions }: EnvironmentState,
  { planned, force }: { readonly planned: boolean; readonly force?: boolean | undefined },
): string | undefined {
  const { primary, inSync, durability } = witness.register ?? {}
  if (inSync) return inSync.region
  const others = regions.filter(({ name }) => name !== primary)
  if (planned) return others.find(({ streaming }) => streaming)?.name
  return durability === "async" || force ? mostAdvanced(others)?.name : undefined
}

/** Who could take over as well as `region`, which is not in sync, and lacks less. */
export const furtherThan = ({ witness, regions }: EnvironmentState, region: RegionStatus): RegionStatus | undefined =>
  mostAdvanced(
    regions.filter(
      other => other.name !== witness.register?.primary && isFit(other) && compareProgress(other, region) < 0,
    ),
  )

/** Of those that could take over at all; where none could, the first one's checks say why. */
const mostAdvanced = (standbys: readonly RegionStatus[]): RegionStatus | undefined =>
  standbys.toSorted((one, other) => Number(isFit(other)) - Number(isFit(one)) || compareProgress(one, other))[0]

const isFit = (region: RegionStatus): boolean =>
  region.reachable &&
  region.witnessAnswers !== false &&
  isStandby(region) &&
  region.replicas.some(({ pid }) => pid !== null)

export const isStandby = ({ role, database }: RegionStatus): boolean => role === "standby" && database === "running"

import type { EnvironmentState } from "@chatops/stacks"
import { readinessOf, type WantedChange } from "@chatops/stacks/failover"

/**
 * What to do instead of a change of primary that is refused. A region that is only not in sync can be brought into it
 * first, as long as the primary works along; where that one is gone, turns can be given up, as the last way out.
 */
export function wayOut(state: EnvironmentState, { to, planned, force }: WantedChange): { readonly hint?: string } {
  if (planned) return {}
  const inSync = state.witness.register?.inSync?.region
  const along = readinessOf(state, { to, planned: true })
  if (along.possible && along.to !== null) {
    const words = `\`chatops failover --planned --to ${along.to}\` brings ${along.to} into sync first.`
    return { hint: inSync === undefined || inSync === along.to ? words : `${words} ${unplanned(inSync)}` }
  }
  if (force) return bothGone(state)
  const forced = readinessOf(state, { to, planned: false, force: true })
  if (!forced.possible) return bothGone(state)
  return {
    hint: `Start what is not running with \`chatops deploy\`: a primary that comes back serves on, and nothing is lost. As the last way out, \`chatops failover --force --to ${forced.to}\` gives up what ${forced.to} lacks, and says beforehand what is known of that.`,
  }
}

/** Nobody is forced past a region in sync; unless a person knows that it will never be back, nor the primary. */
function bothGone({ witness: { register }, regions }: EnvironmentState): { readonly hint?: string } {
  const named = new Set([register?.primary, register?.inSync?.region])
  const [alive, left] = [true, false].map(among =>
    regions.filter(({ name, reachable }) => reachable && named.has(name) === among),
  )
  const [other] = left ?? []
  if (register?.inSync == null || other === undefined || alive?.length !== 0) return {}
  return {
    hint: `Bring one of them back: \`chatops deploy\` starts what is not running. If ${register.primary} and ${register.inSync.region} are gone for good, \`chatops witness recover --force --to ${other.name}\` gives up what ${other.name} lacks.`,
  }
}

const unplanned = (region: string): string =>
  `Without \`--planned\`, ${region} can take over now: \`chatops failover\`.`

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
  if (force) return {}
  const forced = readinessOf(state, { to, planned: false, force: true })
  if (!forced.possible) return {}
  return {
    hint: `Start what is not running with \`chatops deploy\`: a primary that comes back serves on, and nothing is lost. As the last way out, \`chatops failover --force --to ${forced.to}\` gives up what ${forced.to} lacks, and says beforehand what is known of that.`,
  }
}

const unplanned = (region: string): string =>
  `Without \`--planned\`, ${region} can take over now: \`chatops failover\`.`

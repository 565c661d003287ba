import type { StatusDocument } from "../../../test/support/status.ts"
import type { TestApp } from "../../../test/support/test-app.ts"
import type { Figure } from "../figure.ts"
import { figuresOfChanges } from "./change-figures.ts"
import { untilWhole } from "./environment.ts"
import { plannedFailover } from "./planned.ts"
import { watchRegister } from "./register-watch.ts"
import { longestPause } from "./span.ts"
import { drillStandby, inSyncWithin, type StandbyDrill, usersSawSince } from "./standby-drills.ts"
import { largest } from "./statistics.ts"
import { type Load, underLoad } from "./under-load.ts"

/** Milliseconds before the register names the other region, in which writes wait for that. */
const before = 400

/** Of three regions another one is brought into sync in place of the one that is: as planned, or because that is lost. */
export async function measureSwap(app: TestApp, swaps: number): Promise<Figure[]> {
  return [...(await plannedSwaps(app, swaps)), ...lossFigures(swaps, await drillStandby(app, "freeze-database", swaps))]
}

/** A planned failover to the third region begins with one, while the primary works along. */
async function plannedSwaps(app: TestApp, swaps: number): Promise<Figure[]> {
  const pauses: number[] = []
  const failovers: number[] = []
  const { saw } = await underLoad(app, async load => {
    for (let swap = 1; swap <= swaps; swap++) {
      await untilWhole(app)
      const { swapped, outcome, pause } = await swapAsPlanned(app, load)
      if (swapped !== undefined) pauses.push(swapped)
      if (outcome === "succeeded") failovers.push(pause)
      console.error(`swap ${swap} of ${swaps}: ${whole(swapped)} ms; the failover ${outcome}: ${whole(pause)} ms`)
    }
  })
  return [
    ...figuresOfChanges({ name: "swap", wanted: swaps, pauses, limit: 300, saw }),
    { name: "swap: writes paused by the failover after it, worst", value: largest(failovers), unit: "ms" },
  ]
}

/** `swapped`: milliseconds in which no turn was acknowledged when the register came to name the third region. */
async function swapAsPlanned(app: TestApp, load: Load) {
  const { primary, inSync, regions } = await app.json<StatusDocument>("status")
  const third = regions.find(({ name }) => name !== primary && name !== inSync)?.name ?? ""
  using register = watchRegister(app, load.now)
  const made = await plannedFailover(app, load, "--to", third)
  const at = register.seen.find(now => now.primary === primary && now.inSync === third)?.at
  return { ...made, swapped: at === undefined ? at : longestPause(load.events, { from: at - before, to: at }) }
}

const whole = (milliseconds = Number.NaN): number => Math.round(milliseconds)

/** There is no limit for these pauses: a second of each is what a region in sync is given to come back. */
export function lossFigures(wanted: number, drills: readonly StandbyDrill[]): Figure[] {
  const saw = usersSawSince(drills, ({ lostAt }) => lostAt)
  return figuresOfChanges({ name: "swap after a loss", wanted, pauses: drills.flatMap(pauseOfLoss), saw })
}

/** Whoever is brought into sync while the lost region is away takes its place. */
function pauseOfLoss(drill: StandbyDrill): number[] {
  const swapped = inSyncWithin(drill, { from: drill.lostAt, to: drill.backAt })
  return swapped === undefined ? [] : [longestPause(drill.events, { from: drill.lostAt, to: swapped })]
}

import type { TestApp } from "../../../test/support/test-app.ts"
import type { Figure } from "../figure.ts"
import { figuresOfChanges } from "./change-figures.ts"
import { failedAttempts, longestPause } from "./span.ts"
import { drillStandby, inSyncWithin, type StandbyDrill, usersSawSince } from "./standby-drills.ts"
import { largest } from "./statistics.ts"

/** Milliseconds around the moment in which the register names the standby: within them writes wait for that. */
const [before, after] = [400, 200]

/**
 * What it costs to bring a standby into sync that was away for long enough to be let go: its database stood still and
 * goes on, or its whole region died and starts beside everything else on the same processors.
 */
export async function measureJoin(app: TestApp, joins: number): Promise<Figure[]> {
  return [
    ...joinFigures("join after a frozen database", joins, await drillStandby(app, "freeze-database", joins)),
    ...joinFigures("join after a killed region", joins, await drillStandby(app, "kill-region", joins)),
  ]
}

/** Of the time from the standby's return on. What its loss cost is told beside, without a limit. */
export function joinFigures(name: string, wanted: number, drills: readonly StandbyDrill[]): Figure[] {
  const saw = usersSawSince(drills, ({ backAt }) => backAt)
  return [
    ...figuresOfChanges({ name, wanted, pauses: drills.flatMap(pauseOfJoin), limit: 300, saw }),
    {
      name: `${name}: writes paused, worst at any time after its return`,
      value: largest(drills.map(({ events, backAt, endsAt }) => longestPause(events, { from: backAt, to: endsAt }))),
      unit: "ms",
    },
    {
      name: `${name}: requests that failed while it was away`,
      value: drills.reduce(
        (all, { events, lostAt, backAt }) => all + failedAttempts(events, { from: lostAt, to: backAt }),
        0,
      ),
      unit: "requests",
    },
  ]
}

function pauseOfJoin(drill: StandbyDrill): number[] {
  const joined = inSyncWithin(drill, { from: drill.backAt, to: drill.endsAt })
  return joined === undefined ? [] : [longestPause(drill.events, { from: joined - before, to: joined + after })]
}

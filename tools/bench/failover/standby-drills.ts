import type { DrillEvent, DrillFigures, DrillSpan, FaultKind } from "@chatops/stacks/drill"
import type { TestApp } from "../../../test/support/test-app.ts"
import { fullRate, type UsersSaw } from "./change-figures.ts"
import { eventsOf, runDrills, writeScenario } from "./drills.ts"
import { shortTurns } from "./measured-load.ts"
import { acknowledgedWithin, failedAttempts } from "./span.ts"
import { sumOf, wrong } from "./statistics.ts"

/** Seconds. What has piled up until the standby was let go is worked off before it comes back. */
const [warmUp, healAfter, coolDown] = [8, 12, 12]

/** The region in sync was lost for a while, under full load. Moments in milliseconds of the drill. */
export interface StandbyDrill {
  readonly events: readonly DrillEvent[]
  readonly figures: DrillFigures
  readonly lostAt: number
  /** When it may go on, or is started again. */
  readonly backAt: number
  /** No turn begins any more. */
  readonly endsAt: number
}

/** One after the other; none follows one that was violated or aborted. */
export async function drillStandby(
  app: TestApp,
  kind: Extract<FaultKind, "freeze-database" | "kill-region">,
  count: number,
): Promise<StandbyDrill[]> {
  const name = `standby-${kind}`
  writeScenario(app, name, {
    summary: `${kind} in the region in sync, under full load.`,
    load: { ...shortTurns, turnsPerSecond: fullRate },
    warmUp,
    faults: [{ fault: { kind, region: "$standby" }, after: 0, healAfter }],
    coolDown,
  })
  const drills = await runDrills(app, name, count)
  return drills.flatMap(({ id, figures }) => {
    const events = eventsOf(app, id)
    const lostAt = events.find(({ event }) => event === "fault-made")?.at
    if (lostAt === undefined) return []
    const endsAt = (warmUp + healAfter + coolDown) * 1_000
    return [{ events, figures, lostAt, backAt: lostAt + healAfter * 1_000, endsAt }]
  })
}

/** When a region was first brought into sync within the span, as the primary noted it. */
export const inSyncWithin = ({ events }: StandbyDrill, { from, to }: DrillSpan): number | undefined =>
  events.find(event => event.event === "noticed" && event.what === "in-sync" && event.at >= from && event.at < to)?.at

/** From such a moment of each drill on. Requests given up and turns that went wrong are those of all of it. */
export function usersSawSince(drills: readonly StandbyDrill[], since: (drill: StandbyDrill) => number): UsersSaw {
  const sum = (of: (drill: StandbyDrill, from: number) => number) =>
    drills.reduce((all, drill) => all + of(drill, since(drill)), 0)
  const figures = drills.map(drill => drill.figures)
  const acknowledged = sum(({ events, endsAt }, from) => acknowledgedWithin(events, { from, to: endsAt }))
  return {
    rate: acknowledged / sum(({ endsAt }, from) => (endsAt - from) / 1_000),
    failedAttempts: sum(({ events }, from) => failedAttempts(events, { from, to: Number.POSITIVE_INFINITY })),
    neverAcknowledged: figures.reduce((all, { requests }) => all + requests.failed, 0),
    wrong: sumOf(figures, wrong),
  }
}

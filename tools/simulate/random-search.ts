import { drawSchedule } from "../../packages/stacks/src/failover/testing/schedules/draw-schedule.ts"
import type { RunOptions, RunOutcome } from "../../packages/stacks/src/failover/testing/schedules/run-schedule.ts"
import type { Schedule } from "../../packages/stacks/src/failover/testing/schedules/schedule.ts"
import { shrinkSchedule } from "../../packages/stacks/src/failover/testing/schedules/shrink-schedule.ts"

/** What runs a schedule: the protocol as it is, or a mutant of it. */
export interface Scheduler extends Pick<RunOptions, "evidenceOf"> {
  readonly runSchedule: (schedule: Schedule, options: RunOptions) => RunOutcome
}

export interface RandomSearch {
  readonly schedules: number
  readonly events: number
  readonly acknowledged: number
  readonly claims: Readonly<Record<keyof RunOutcome["claims"], number>>
  /** Acknowledged turns that claims reported as lost. */
  readonly lost: number
  readonly failure?: RandomFailure
}

interface RandomFailure {
  readonly seed: number
  readonly what: string
  /** Faults, wishes and turns that are left of the schedule. */
  readonly incidents: number
  readonly trace: readonly string[]
}

/** Runs the schedules of these seeds, one after the other, up to the first that fails. */
export function searchAtRandom({ runSchedule, evidenceOf }: Scheduler, seed: number, count: number): RandomSearch {
  const claims = { "in-sync": 0, async: 0, forced: 0 }
  let [events, acknowledged, lost] = [0, 0, 0]
  for (let schedules = 1; schedules <= count; schedules++) {
    const schedule = drawSchedule(seed + schedules - 1)
    const outcome = runSchedule(schedule, { evidenceOf })
    events += outcome.events
    acknowledged += outcome.acknowledged
    lost += outcome.lost
    for (const kind of ["in-sync", "async", "forced"] as const) claims[kind] += outcome.claims[kind]
    if (outcome.violation !== undefined) {
      const failure = explained({ runSchedule, evidenceOf }, schedule)
      return { schedules, events, acknowledged, claims, lost, failure }
    }
  }
  return { schedules: count, events, acknowledged, claims, lost }
}

/** What is left of the schedule without which it does not fail, and what happens then. */
function explained({ runSchedule, evidenceOf }: Scheduler, schedule: Schedule): RandomFailure {
  const fails = (smaller: Schedule) => runSchedule(smaller, { evidenceOf }).violation !== undefined
  const shrunk = shrinkSchedule(schedule, fails)
  const { violation = "", trace } = runSchedule(shrunk, { evidenceOf, traced: true })
  return { seed: schedule.seed, what: violation, incidents: shrunk.incidents.length, trace }
}

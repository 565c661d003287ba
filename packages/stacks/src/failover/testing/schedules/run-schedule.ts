import { type Cast, carryOutIncident, type VirtualRegion } from "./carry-out-incident.ts"
import { initialWorld } from "./initial-world.ts"
import { PostgresProcesses } from "./postgres-processes.ts"
import type { Schedule } from "./schedule.ts"
import { showIncident } from "./show-incident.ts"
import { Stage } from "./stage.ts"
import { VirtualPostgres } from "./virtual-postgres.ts"
import { type Evidence, VirtualRuntime } from "./virtual-runtime.ts"
import { VirtualSupervisor } from "./virtual-supervisor.ts"
import { VirtualWatch } from "./virtual-watch.ts"
import { VirtualWitness } from "./virtual-witness.ts"

export interface RunOutcome {
  readonly violation: string | undefined
  readonly events: number
  readonly acknowledged: number
  readonly claims: Readonly<Record<"in-sync" | "async" | "forced", number>>
  /** Turns that were acknowledged, and that claims reported as lost. */
  readonly lost: number
  /** Where it was asked for: what happened, one line each. */
  readonly trace: readonly string[]
}

export interface RunOptions {
  readonly evidenceOf: () => Evidence
  readonly traced?: boolean
}

/** Milliseconds after the last fault within which every region's clients have to be served again. */
const recovery = 30_000
const probeEvery = 200

export function runSchedule(schedule: Schedule, { evidenceOf, traced = false }: RunOptions): RunOutcome {
  const trace: string[] = []
  const stage = new Stage(schedule, initialWorld(schedule), traced ? trace : undefined)
  const cast = castOf(stage, evidenceOf)
  for (const incident of schedule.incidents)
    stage.timeline.after(incident.at, "world", () => {
      stage.note(() => `· ${showIncident(incident)}`)
      carryOutIncident(cast, incident)
    })
  stage.timeline.after(schedule.calmAt, "world", () => seeRecovery(cast))
  stage.timeline.run(schedule.calmAt + recovery + 4 * schedule.start.lease + probeEvery)
  return {
    violation: stage.violation,
    events: stage.timeline.events,
    acknowledged: stage.acknowledged,
    claims: stage.claims,
    lost: stage.reportedLost.length,
    trace,
  }
}

function castOf(stage: Stage, evidenceOf: () => Evidence): Cast {
  const witness = new VirtualWitness(stage)
  const databases = Object.fromEntries(stage.regions.map(region => [region, new VirtualPostgres(stage, region)]))
  const cast = Object.values(databases).map((database): [string, VirtualRegion] => {
    const supervisor = new VirtualSupervisor(stage, database, witness)
    const watch = new VirtualWatch(stage, supervisor)
    const runtime = new VirtualRuntime(stage, database.region, Object.values(databases), evidenceOf)
    return [database.region, { database, supervisor, watch, runtime }]
  })
  const processes = new PostgresProcesses(stage, databases)
  const { start } = stage.schedule
  databases[stage.world.register.primary]?.grant(!start.inSync, start.lease)
  for (const [, { supervisor, watch, runtime }] of cast) {
    supervisor.start()
    watch.start()
    runtime.start()
  }
  return { stage, regions: Object.fromEntries(cast), processes }
}

/** No more faults: within bounded time clients of every region are answered, or a region says why it stays closed. */
function seeRecovery({ stage, regions }: Cast): void {
  const { timeline } = stage
  stage.note(() => "· the last fault is over")
  const before = new Map(Object.values(regions).map(({ runtime }) => [runtime, runtime.told]))
  const end = timeline.now + recovery + 4 * stage.schedule.start.lease
  const probe = () => {
    const unserved = [...before].filter(([runtime, told]) => runtime.told <= told).map(([runtime]) => runtime)
    const isClosed = Object.values(regions).some(({ supervisor }) => supervisor.state.phase.at === "closed")
    if (unserved.length === 0 || isClosed) return timeline.end()
    if (timeline.now > end)
      return stage.violate(`nobody serves ${unserved.map(({ region }) => region).join(" and ")} after the last fault`)
    for (const runtime of unserved) runtime.ask("turn")
    timeline.after(probeEvery, "world", probe)
  }
  probe()
}

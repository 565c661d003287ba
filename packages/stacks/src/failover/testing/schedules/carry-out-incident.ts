import { databaseOf, withDatabase, withSender } from "../model/world.ts"
import type { PostgresProcesses } from "./postgres-processes.ts"
import type { Incident } from "./schedule.ts"
import type { Stage } from "./stage.ts"
import type { VirtualPostgres } from "./virtual-postgres.ts"
import type { VirtualRuntime } from "./virtual-runtime.ts"
import type { VirtualSupervisor } from "./virtual-supervisor.ts"
import type { VirtualWatch } from "./virtual-watch.ts"

export interface VirtualRegion {
  readonly database: VirtualPostgres
  readonly supervisor: VirtualSupervisor
  readonly watch: VirtualWatch
  readonly runtime: VirtualRuntime
}

export interface Cast {
  readonly stage: Stage
  readonly regions: Readonly<Record<string, VirtualRegion>>
  readonly processes: PostgresProcesses
}

/** Of a planned failover: how often it is looked how far it has come, and how long it may take, in milliseconds. */
const planEvery = 50
const planPatience = 5_000

export function carryOutIncident(cast: Cast, incident: Incident): void {
  const { stage } = cast
  const until = stage.timeline.now + ("lasts" in incident ? incident.lasts : 0)
  switch (incident.what) {
    case "freeze":
      return void stage.timeline.freeze(incident.who, until)
    case "cut":
    case "slow":
    case "lossy":
    case "repeating":
      return void stage.network.disturb({ ...incident, kind: incident.what, until })
    case "late":
      return void cast.processes.delay({ ...incident, until })
    case "stop-walsenders":
      setStopped(stage, incident.region, true)
      return void stage.timeline.after(incident.lasts, "world", () => setStopped(stage, incident.region, false))
    case "kill":
      return void kill(cast, incident.region, incident.all)
    case "claim":
      return void regionOf(cast, incident.region).supervisor.tell({
        event: "claim-asked",
        accepts: incident.force ? "forced" : "async",
      })
    case "planned":
      return void moveTo(cast, incident.region)
    case "promise":
      for (const { watch } of Object.values(cast.regions)) watch.wanted = incident.policy
      return
    case "turn":
    case "read":
      return void regionOf(cast, incident.region).runtime.ask(incident.what)
  }
}

function setStopped(stage: Stage, region: string, stopped: boolean): void {
  for (const [standby, sender] of Object.entries(databaseOf(stage.world, region).senders))
    stage.change(withSender(stage.world, region, standby, { ...sender, stopped }))
}

function kill(cast: Cast, region: string, all: boolean): void {
  const { stage } = cast
  const { database, supervisor, runtime } = regionOf(cast, region)
  if (databaseOf(stage.world, region).up) {
    stage.change(withDatabase(stage.world, region, { up: false, open: false, waiting: "", senders: {} }))
    database.endLife()
    if (!all) supervisor.tell({ event: "database-ended" })
  }
  if (!all) return
  runtime.restart()
  supervisor.restart()
}

/** A planned failover, as a person asks for it (rule 13). */
function moveTo(cast: Cast, region: string): void {
  const { stage } = cast
  const target = regionOf(cast, region)
  const former = Object.values(cast.regions).find(({ supervisor }) => supervisor.state.phase.at === "leading")
  if (former === undefined || former === target) return
  const end = stage.timeline.now + planPatience
  former.watch.isLeaving = true
  const step = () => {
    const { phase, register } = former.supervisor.state
    const data = databaseOf(stage.world, region)
    const standby = { region, incarnation: data.incarnation }
    if (stage.timeline.now > end) former.supervisor.tell({ event: "taken-back" })
    const isOver = stage.timeline.now > end || target.supervisor.state.phase.at === "leading"
    if (isOver) {
      former.watch.isLeaving = false
      return
    }
    if (phase.at === "yielded") target.supervisor.tell({ event: "claim-asked" })
    else if (register?.inSync?.region === region) former.supervisor.tell({ event: "yield-asked", to: register.inSync })
    else former.supervisor.tell({ event: "swap-asked", standby })
    stage.timeline.after(planEvery, "world", step)
  }
  step()
}

export function regionOf({ regions }: Cast, name: string): VirtualRegion {
  const region = regions[name]
  if (region === undefined) throw new Error(`no region ${name}`)
  return region
}

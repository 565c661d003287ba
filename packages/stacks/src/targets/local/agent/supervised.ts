import { join } from "node:path"
import type { Supervisor } from "../../../failover/protocol/supervisor.ts"
import type { RegionDatabase } from "../postgres/region-database.ts"
import { WitnessClient } from "../witness/witness-client.ts"
import { DatabaseTasks, type TaskHooks } from "./database-tasks.ts"
import { LostTurnReports, type LostTurnReportsParts, type Standing } from "./lost-turn-reports.ts"
import { PolicyWish } from "./policy-wish.ts"
import { PrimaryPlace } from "./primary-place.ts"
import { RegionSupervisor, type SupervisorParts } from "./region-supervisor.ts"
import { RegionWatches } from "./region-watches.ts"
import type { RegionSpec } from "./spec.ts"
import { SupervisorMemory } from "./supervisor-memory.ts"
import type { ChangeSource } from "./until.ts"

/** What one region is made of while one specification of its database holds. */
export interface Supervised {
  readonly spec: RegionSpec
  readonly database: RegionDatabase
  readonly supervisor: RegionSupervisor
  readonly policy: PolicyWish
  readonly place: PrimaryPlace
  readonly watches: RegionWatches
  readonly reports: LostTurnReports
  /** The server itself is left as it is. */
  readonly stop: () => Promise<void>
}

export interface SupervisedHooks extends TaskHooks, Pick<SupervisorParts, "onChange" | "onOutcome" | "onBroken"> {
  /** Whether the region serves as what it is. */
  readonly serves: () => boolean
  readonly isLeaving: () => boolean
  readonly changes: ChangeSource
  /** What is seen of the primary has changed. */
  readonly onSight: () => void
  readonly remember: LostTurnReportsParts["remember"]
  readonly reportPauses?: LostTurnReportsParts["pauses"]
}

/** Puts the database into the hands of a supervisor, which has begun when this resolves. */
export async function supervise(
  spec: RegionSpec,
  database: RegionDatabase,
  hooks: SupervisedHooks,
): Promise<Supervised> {
  const { say, prepare, onChange, onOutcome, onBroken, isLeaving, serves, changes, onSight, remember } = hooks
  const policy = await PolicyWish.open(join(spec.directory, "policy.json"))
  await policy.give(spec.policy)
  const tasks = new DatabaseTasks(spec, database, { say, prepare, rejoined: successor => reports.rejoined(successor) })
  const supervisor = new RegionSupervisor({
    self: spec.region,
    peers: spec.database.peers.map(peer => peer.region),
    tasks,
    witness: new WitnessClient(spec.witness.url, spec.witness.tokenFile),
    policy,
    isLeaving,
    memory: new SupervisorMemory(join(spec.directory, "seen.json")),
    onChange,
    onOutcome,
    onBroken,
  })
  const place = new PrimaryPlace({
    region: spec.region,
    supervisor,
    serves,
    streaming: regions => tasks.streaming(regions),
    changes,
  })
  const reports = new LostTurnReports({
    spec,
    database,
    standing: () => standingOf(supervisor.state),
    remember,
    onChange: onSight,
    pauses: hooks.reportPauses,
  })
  await supervisor.start()
  const watches = new RegionWatches(database, onSight)
  await reports.begin()
  const stop = async () => {
    watches.end()
    await Promise.all([reports.stop(), supervisor.stop()])
  }
  return { spec, database, supervisor, policy, place, watches, reports, stop }
}

function standingOf({ phase }: Supervisor): Standing | undefined {
  if (phase.at === "following") return { follows: phase.primary }
  return phase.at === "leading" && phase.door === "open" ? "primary" : undefined
}

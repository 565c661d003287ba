import type { RegionIncarnation } from "@chatops/runtime/contract"
import type { Event, Policy } from "../../protocol/supervisor.ts"
import { canStream } from "./postgres-moves.ts"
import { tell } from "./supervisor-moves.ts"
import { dataOf } from "./task-moves.ts"
import {
  commitsOf,
  databaseOf,
  type Move,
  mayAcknowledge,
  pay,
  supervisorOf,
  union,
  type World,
  withDatabase,
  withSender,
} from "./world.ts"

/** What clients, arbiters and bad luck do, as long as the budget lasts. */
export function optionalMoves(world: World): Move[] {
  const regions = Object.keys(world.databases)
  return regions.flatMap(region => [...client(world, region), ...crash(world, region), ...wish(world, region, regions)])
}

function client(world: World, region: string): Move[] {
  const { up, kind, open, log, waiting, mustWait } = databaseOf(world, region)
  if (!up || kind !== "primary" || !open) return []
  const moves: Move[] = []
  const say = (label: string, to: World) => moves.push({ label: `client: ${label}`, optional: true, to })
  const counts = mayAcknowledge(world, region)
  // To answer from a commit, with a read or to a repeat, is to acknowledge it; a session that waits shows nothing yet.
  const seen = [...commitsOf(log)].filter(commit => !waiting.includes(commit)).join("")
  if (counts && union(world.acknowledged, seen) !== world.acknowledged)
    say(`reads ${seen} in ${region}`, { ...world, acknowledged: union(world.acknowledged, seen) })
  const paid = pay(world, "commits")
  if (paid === undefined) return moves
  const commit = String.fromCharCode(97 + paid.budget.commits)
  const to = withDatabase(paid, region, { log: log + commit, waiting: mustWait ? waiting + commit : waiting })
  say(
    `commits ${commit} in ${region}`,
    mustWait || !counts ? to : { ...to, acknowledged: union(to.acknowledged, commit) },
  )
  return moves
}

function crash(world: World, region: string): Move[] {
  const paid = pay(world, "crashes")
  const database = databaseOf(world, region)
  if (paid === undefined || !database.up) return []
  const down = withDatabase(paid, region, { up: false, open: false, waiting: "", senders: {} })
  return [
    { label: `${region}: its database dies`, optional: true, to: tell(down, region, { event: "database-ended" }) },
    {
      label: `${region}: everything dies and begins again`,
      optional: true,
      to: tell(down, region, { event: "begun", data: dataOf(database) }),
    },
  ]
}

function wish(world: World, region: string, regions: readonly string[]): Move[] {
  const moves: Move[] = []
  const { phase, register } = supervisorOf(world, region)
  const claim = pay(world, "claims")
  if (claim !== undefined && phase.at === "following")
    moves.push({
      label: `arbiter: asks ${region} to claim`,
      optional: true,
      to: tell(claim, region, { event: "claim-asked", accepts: "async" }),
    })
  const force = pay(world, "forces")
  if (force !== undefined && phase.at === "following" && world.register.inSync === null)
    moves.push({
      label: `arbiter: has ${region} claim by force`,
      optional: true,
      to: tell(force, region, { event: "claim-asked", accepts: "forced" }),
    })
  moves.push(...lapse(world, region))
  const loss = pay(world, "losses")
  if (loss !== undefined && phase.at === "leading" && (register?.inSync !== null || phase.change !== null))
    moves.push({
      label: `${region}: loses its standby`,
      optional: true,
      to: tell(loss, region, { event: "standby-lost" }),
    })
  if (loss !== undefined && phase.at === "leading" && register?.inSync)
    for (const standby of othersStreaming(world, region, register.inSync))
      moves.push({
        label: `${region}: takes ${standby.region} for its lost standby`,
        optional: true,
        to: tell(loss, region, { event: "standby-streams", standby }),
      })
  const policy = pay(world, "policies")
  if (policy !== undefined && phase.at === "leading")
    for (const wanted of policies)
      moves.push({
        label: `${region}: is to promise ${wanted.durability}, ${wanted.onLoss}`,
        optional: true,
        to: tell(policy, region, { event: "policy-wanted", policy: wanted }),
      })
  const yields = pay(world, "yields")
  if (yields !== undefined && phase.at === "leading")
    for (const event of yieldings(world, region))
      moves.push({ label: `${region}: ${event.event}`, optional: true, to: tell(yields, region, event) })
  const stop = pay(world, "stops")
  for (const standby of regions) {
    const sender = databaseOf(world, region).senders[standby]
    if (stop !== undefined && sender !== undefined && !sender.stopped)
      moves.push({
        label: `${region}→${standby}: walsender is stopped`,
        optional: true,
        to: withSender(stop, region, standby, { ...sender, stopped: true }),
      })
    if (sender?.stopped)
      moves.push({
        label: `${region}→${standby}: walsender goes on`,
        optional: false,
        to: withSender(world, region, standby, { ...sender, stopped: false }),
      })
  }
  return moves
}

/** A lease runs out when nobody renews it: surely while somebody waits for that, and else as the budget has it. */
function lapse(world: World, region: string): Move[] {
  const { phase } = supervisorOf(world, region)
  if (!world.leases.includes(region)) {
    if (phase.at !== "leading" || !databaseOf(world, region).alone) return []
    return [{ label: `${region}: its lease ended`, optional: false, to: tell(world, region, { event: "lease-ended" }) }]
  }
  const awaited = Object.values(world.supervisors).some(
    ({ self, task }) => self !== region && task?.task === "wait-out",
  )
  const paid = awaited ? world : pay(world, "lapses")
  if (paid === undefined) return []
  const leases = world.leases.filter(holder => holder !== region)
  return [{ label: `${region}: its lease runs out`, optional: !awaited, to: { ...paid, leases } }]
}

/** Who streams, beside who is in sync. */
function othersStreaming(world: World, region: string, inSync: RegionIncarnation): RegionIncarnation[] {
  const own = databaseOf(world, region)
  return Object.entries(own.senders)
    .filter(([standby]) => standby !== inSync.region && canStream(own, databaseOf(world, standby), region))
    .map(([standby, { incarnation }]) => ({ region: standby, incarnation }))
}

/** What a planned failover asks of a primary. */
function yieldings(world: World, region: string): Event[] {
  const { register } = supervisorOf(world, region)
  const swaps = Object.entries(databaseOf(world, region).senders).map(
    ([standby, { incarnation }]): Event => ({
      event: "swap-asked",
      standby: { region: standby, incarnation },
    }),
  )
  return register?.inSync ? [{ event: "yield-asked", to: register.inSync }, ...swaps] : swaps
}

const policies: readonly Policy[] = [
  { durability: "async", onLoss: "degrade", lease: 2_000 },
  { durability: "zero-loss", onLoss: "degrade", lease: 2_000 },
  { durability: "zero-loss", onLoss: "block", lease: 2_000 },
]

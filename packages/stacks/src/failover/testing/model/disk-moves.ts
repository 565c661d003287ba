import { tell } from "./supervisor-moves.ts"
import { dataOf } from "./task-moves.ts"
import { type Database, databaseOf, type Move, pay, supervisorOf, type World, withDatabase } from "./world.ts"

/** What becomes of disks, the regions' and the witness's, as long as the budget lasts. */
export function diskMoves(world: World): Move[] {
  const regions = Object.keys(world.databases)
  return [
    ...regions.flatMap(region => [
      ...lostDisk(world, region),
      ...uselessDirectory(world, region),
      ...missedForGood(world, region),
    ]),
    ...restoredWitness(world),
  ]
}

/** The region begins anew without anything, or with a disk of before: what it held then, in another directory. */
function lostDisk(world: World, region: string): Move[] {
  const paid = pay(world, "disks")
  const { kind, incarnation } = databaseOf(world, region)
  if (paid === undefined || kind === "none") return []
  const ended = { up: false, open: false, waiting: "", senders: {}, upstream: null }
  const lost: World = { ...paid, gone: [...(world.gone ?? []), incarnation] }
  const move = (label: string, change: Partial<Database>): Move => {
    const to = forgetful(withDatabase(lost, region, { ...ended, ...change }), region)
    const data = dataOf(databaseOf(to, region))
    return { label: `${region}: ${label}`, optional: true, to: tell(to, region, { event: "begun", data }) }
  }
  return [
    move("loses its disk", { kind: "none", log: "" }),
    move("begins with an older disk", { incarnation: `older-${incarnation}`, log: "1" }),
  ]
}

/** What a region has seen of the register lies on the same disk. */
function forgetful(world: World, region: string): World {
  const supervisor = { ...supervisorOf(world, region), seen: { epoch: 0, version: 0 } }
  return { ...world, supervisors: { ...world.supervisors, [region]: supervisor } }
}

/**
 * Its slot was lost, or PostgreSQL does not start with it. Not in the moment in which it is being brought into sync: then
 * it can be copied anew while the register comes to list it, and may not claim though it has everything.
 */
function uselessDirectory(world: World, region: string): Move[] {
  const paid = pay(world, "useless")
  const { phase, register } = supervisorOf(world, region)
  const isUpToDate = register?.version === world.register.version
  if (paid === undefined || phase.at !== "following" || !isUpToDate || isJoining(world, region)) return []
  const to = tell(withDatabase(paid, region, { up: false }), region, { event: "unusable" })
  return [{ label: `${region}: finds its directory of no use`, optional: true, to }]
}

/** Who is in sync, and will not be back with that directory, is missed in the end. */
function missedForGood(world: World, region: string): Move[] {
  const { phase, register } = supervisorOf(world, region)
  const { inSync } = register ?? {}
  if (!inSync || phase.at !== "leading" || phase.change !== null) return []
  if (supervisorOf(world, inSync.region).phase.at !== "stuck" || register?.onLoss === "block") return []
  const to = tell(world, region, { event: "standby-lost" })
  return [{ label: `${region}: misses ${inSync.region}`, optional: false, to }]
}

const isJoining = ({ supervisors }: World, region: string): boolean =>
  Object.values(supervisors).some(
    ({ phase }) => phase.at === "leading" && phase.change?.change === "join" && phase.change.joiner.region === region,
  )

/** As it was in the beginning: what was written since is forgotten, and nobody says so. */
function restoredWitness(world: World): Move[] {
  const { backup, register } = world
  if (backup === undefined || backup === "restored" || backup.version === register.version) return []
  return [
    {
      label: "the witness goes back to its first register",
      optional: true,
      to: { ...world, register: backup, backup: "restored" },
    },
  ]
}

import type { Register } from "@chatops/runtime/contract"
import { type Event, looksAgain, type PendingWrite, type Task } from "../../protocol/supervisor.ts"
import { transition } from "../../protocol/transition.ts"
import { goneBackWith } from "./invariants.ts"
import { canStream } from "./postgres-moves.ts"
import { carryOut, dataOf } from "./task-moves.ts"
import { type Database, databaseOf, type Move, pay, renewed, supervisorOf, type World, withDatabase } from "./world.ts"

/** A supervisor hears of something. */
export function tell(world: World, region: string, event: Event): World {
  const before = supervisorOf(world, region)
  const after = transition(before, event, unusedNonce(world, region))
  const wrong = goneBackWith(before, event, after)
  return { ...world, ...(wrong && { wrong }), supervisors: { ...world.supervisors, [region]: after } }
}

/**
 * One that no write has which anybody could still take it for: what the region itself waits for it forgets with the write
 * that gets this. There are few, so that worlds are not many by them.
 */
function unusedNonce({ register, net }: World, region: string): string {
  const used = new Set([register, ...net.map(({ next }) => next)].map(({ nonce }) => nonce))
  for (let number = 0; ; number += 1) if (!used.has(`${region}.${number}`)) return `${region}.${number}`
}

/** What supervisors do, and what comes back to them: from the witness, from their database, from the other regions. */
export function supervisorMoves(world: World): Move[] {
  return Object.keys(world.supervisors).flatMap(region => [
    ...witness(world, region),
    ...task(world, region),
    ...standbys(world, region),
  ])
}

function witness(world: World, region: string): Move[] {
  const { reading, pending, register, phase } = supervisorOf(world, region)
  const moves: Move[] = []
  if (phase.at === "yielded")
    moves.push({
      label: `${region}: nobody claimed`,
      optional: false,
      to: tell(world, region, { event: "taken-back" }),
    })
  const hear = (label: string, event: Event) =>
    moves.push({ label: `${region}: ${label}`, optional: false, to: tell(renewed(world, region), region, event) })
  // One that rests looks at the register again and again.
  if (reading || (looksAgain(phase) && register !== null && register.version !== world.register.version))
    hear(`reads the register (${show(world)})`, { event: "read", register: world.register })
  else if (phase.at === "leading" && world.register.primary === region && !world.leases.includes(region))
    hear("renews its lease", { event: "read", register: world.register })
  if (pending === null) return moves
  moves.push({ label: `${region}: hears nothing`, optional: true, to: tell(world, region, { event: "unanswered" }) })
  if (
    !world.net.some(({ next }) => next.nonce === pending.next.nonce) &&
    world.register.version === pending.base.version
  )
    moves.push({
      label: `${region}: sends its write`,
      optional: false,
      to: { ...world, net: [...world.net, pending] },
    })
  if (world.register.nonce === pending.next.nonce)
    hear("hears that it was written", { event: "written", register: world.register })
  else if (world.register.version !== pending.base.version)
    hear("hears that it was refused", { event: "refused", register: world.register })
  return moves
}

/** The witness takes what arrives, in any order, however late. */
export function witnessMoves(world: World): Move[] {
  return world.net.map((write, at) => {
    const net = world.net.filter((_, other) => other !== at)
    const taken = isTaken(write, world.register)
    return {
      label: `witness: ${taken ? "takes" : "refuses"} ${write.next.nonce}`,
      optional: false,
      to: taken ? withoutRefused({ ...world, net, register: write.next }) : { ...world, net },
    }
  })
}

const isTaken = (write: PendingWrite, register: Register): boolean => write.base.version === register.version

/** What will be refused whenever it arrives might as well have arrived; unless the witness goes back, or went. */
const withoutRefused = (world: World): World =>
  world.backup === undefined ? { ...world, net: world.net.filter(write => isTaken(write, world.register)) } : world

function task(world: World, region: string): Move[] {
  const { task: asked } = supervisorOf(world, region)
  if (asked === null) return []
  const refused = namesRefused(world, region, asked)
  const outcome = carryOut(world, region, asked)
  if (outcome === undefined) return refused
  const data = dataOf(databaseOf(outcome.world, region))
  const event: Event =
    outcome.event === "failed"
      ? { event: "failed", data }
      : { event: "done", data, ...(outcome.position !== undefined && { position: outcome.position }) }
  const label = `${region}: ${asked.task}${"waitFor" in asked ? ` ${JSON.stringify(asked.waitFor)}` : ""} ${outcome.event}`
  return [{ label, optional: false, to: tell(outcome.world, region, event) }, ...refused]
}

/** The disk is full, or the server does not say in time that it has them. */
function namesRefused(world: World, region: string, asked: Task): Move[] {
  const paid = pay(world, "refusals")
  if (paid === undefined || asked.task !== "wait-for") return []
  const data = dataOf(databaseOf(world, region))
  const failed = (label: string, to: World) => ({
    label: `${region}: ${label}`,
    optional: true,
    to: tell(to, region, { event: "failed", data }),
  })
  return [
    failed("cannot set names", paid),
    failed("sets names, and does not see it", withDatabase(paid, region, { names: asked.waitFor })),
  ]
}

function standbys(world: World, region: string): Move[] {
  const { phase, register } = supervisorOf(world, region)
  const own = databaseOf(world, region)
  const moves: Move[] = []
  for (const [standby, sender] of Object.entries(own.senders)) {
    if (phase.at !== "leading" || !own.up) continue
    if (isStreaming(own, register)) continue
    if (!canStream(own, databaseOf(world, standby), region)) continue
    const event: Event = { event: "standby-streams", standby: { region: standby, incarnation: sender.incarnation } }
    const to = tell(world, region, event)
    // What is not heard brings nobody any further.
    if (supervisorOf(to, region) !== supervisorOf(world, region))
      moves.push({ label: `${region}: sees ${standby} stream`, optional: false, to })
  }
  const upstream = own.upstream === null ? undefined : databaseOf(world, own.upstream)
  if (
    phase.at === "following" &&
    own.up &&
    upstream?.up &&
    upstream.kind === "primary" &&
    !upstream.log.startsWith(own.log)
  )
    moves.push({
      label: `${region}: can never stream`,
      optional: false,
      to: tell(world, region, { event: "unusable" }),
    })
  return moves
}

/** Whoever is in sync stays so as long as it streams, unless somebody wants another. */
const isStreaming = ({ senders }: Database, register: Register | null): boolean => {
  const { region, incarnation } = register?.inSync ?? {}
  return region !== undefined && senders[region]?.incarnation === incarnation
}

const show = ({ register: { epoch, primary, inSync } }: World): string =>
  `epoch ${epoch}, ${primary}, in sync ${inSync === null ? "nobody" : `${inSync.region}@${inSync.incarnation}`}`

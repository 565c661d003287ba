import type { Event, Supervisor } from "../../protocol/supervisor.ts"
import { transition } from "../../protocol/transition.ts"
import { type Database, databaseOf, type Move, supervisorOf, type World } from "./world.ts"

/** What is wrong with this world; undefined when nothing is. */
export function broken(world: World): string | undefined {
  const { register, acknowledged, wrong, backup, gone = [] } = world
  // What it has forgotten nobody can know who has not seen it.
  if (wrong !== undefined) return wrong
  const stillOpen = Object.values(world.supervisors).find(
    ({ self, phase, task }) => phase.at === "closed" && task === null && databaseOf(world, self).open,
  )
  if (stillOpen !== undefined) return `${stillOpen.self} is closed, and lets runtimes in`
  if (backup === "restored") return undefined
  const { inSync } = register
  const lackIn = (region: string, incarnation: string | null) =>
    incarnation !== null && gone.includes(incarnation)
      ? ""
      : missing(databaseOf(world, region), incarnation, acknowledged)
  // Until then the former primary may acknowledge within its lease, and what it does is reported at the promotion.
  const promoted = register.claim === "in-sync" || databaseOf(world, register.primary).kind === "primary"
  const lost = promoted ? lackIn(register.primary, register.incarnation) : ""
  if (lost !== "") return `acknowledged ${lost} is missing from the primary ${register.primary}`
  const unconfirmed = inSync === null ? "" : lackIn(inSync.region, inSync.incarnation)
  if (unconfirmed !== "") return `acknowledged ${unconfirmed} is missing from ${inSync?.region}, which is in sync`
  return undefined
}

function missing({ kind, incarnation, log }: Database, named: string | null, acknowledged: string): string {
  const held = kind !== "none" && incarnation === named ? log : ""
  return [...acknowledged].filter(commit => !held.includes(commit)).join("")
}

/** What is lower than anything that a region has seen closes it (rule 8). */
export function goneBackWith(before: Supervisor, event: Event, after: Supervisor): string | undefined {
  if (!("register" in event)) return undefined
  const { epoch, version } = event.register
  const isLower = version < before.seen.version || epoch < before.seen.epoch
  if (!isLower || after.phase.at === "closed") return undefined
  return `${before.self} goes on by version ${version} of the register, and has seen version ${before.seen.version}`
}

/**
 * A person has to see to it, and is told so: the primary is closed, or under `block` the directory is of no use that it
 * waits for, and is let go as soon as somebody promises less.
 */
function isRefused(world: World): boolean {
  const { primary, inSync, onLoss, lease } = world.register
  const at = (region: string) => supervisorOf(world, region).phase.at
  if (at(primary) === "closed") return true
  if (onLoss !== "block" || inSync === null || at(inSync.region) !== "stuck") return false
  const waiting = supervisorOf(world, primary)
  const policy = { durability: "zero-loss", onLoss: "degrade", lease } as const
  return transition(waiting, { event: "policy-wanted", policy }, "by a person") !== waiting
}

/** Who could do something, and is not told to: a change that never ends, or a region that stays closed beside a primary. */
function leftUndone(world: World): string | undefined {
  const { primary } = world.register
  const { phase } = supervisorOf(world, primary)
  if (phase.at === "leading" && phase.change !== null) return `${primary} never ends its ${phase.change.change}`
  const closed = Object.values(world.supervisors).find(({ self, phase }) => self !== primary && phase.at === "closed")
  return closed && `${closed.self} stays closed, and ${primary} is primary`
}

/** No faults, no wishes, and nothing that anybody would still do: then somebody serves, or says why not. */
export function deadEnd(world: World, moves: readonly Move[]): string | undefined {
  if (moves.some(({ optional }) => !optional)) return undefined
  if (world.backup === "restored" || isRefused(world)) return undefined
  const { primary } = world.register
  const { phase } = supervisorOf(world, primary)
  const database = databaseOf(world, primary)
  const serves = database.up && database.open && database.kind === "primary" && database.waiting === ""
  const undone = leftUndone(world)
  if (serves && undone === undefined) return undefined
  if (undone !== undefined) return `dead end: ${undone}`
  return `dead end: ${primary} is ${phase.at}${phase.at === "leading" ? `, ${phase.door}` : ""}`
}

import type { RegionIncarnation } from "@chatops/runtime/contract"
import type { Task } from "../../protocol/supervisor.ts"
import type { LocalData } from "../../start-decision.ts"
import { atFirst, canStream } from "./postgres-moves.ts"
import { type Database, databaseOf, type Sender, supervisorOf, type World, waitsFor, withDatabase } from "./world.ts"

export type TaskOutcome =
  | { readonly event: "done"; readonly world: World; readonly position?: number }
  | { readonly event: "failed"; readonly world: World }

/** What comes of a task; undefined while it goes on. */
export function carryOut(world: World, region: string, task: Task): TaskOutcome | undefined {
  const database = databaseOf(world, region)
  const change = (changed: Partial<Database>): TaskOutcome => ({
    event: "done",
    world: withDatabase(world, region, changed),
  })
  const when = (condition: boolean): TaskOutcome | undefined => (condition ? { event: "done", world } : undefined)
  switch (task.task) {
    case "initialise":
      return change({ kind: "primary" })
    case "start":
      return change({ ...closed, ...loaded(task.waitFor), up: true })
    case "promote": {
      const log = `${database.log}${world.register.epoch}`
      const promoted = { ...closed, ...loaded(task.waitFor), up: true, kind: "primary", upstream: null, log } as const
      return { event: "done", world: lossReported(withDatabase(world, region, promoted), log) }
    }
    case "wait-out":
      return when(world.leases.every(holder => holder === region))
    case "mark-alone":
      return change({ alone: true })
    case "follow":
      return change({ ...closed, up: true, upstream: task.primary })
    case "rejoin": {
      if (task.primary === region) return { event: "failed", world }
      const primary = databaseOf(world, task.primary)
      if (!primary.up || primary.kind !== "primary") return undefined
      if (!primary.log.startsWith(database.log)) return { event: "failed", world }
      return change({ ...closed, up: true, kind: "standby", upstream: task.primary })
    }
    case "copy": {
      const primary = databaseOf(world, task.primary)
      // It fails again and again, and the register is read each time.
      if (!primary.up || primary.kind !== "primary" || task.primary === region)
        return task.primary === region || isBehind(world, region) ? { event: "failed", world } : undefined
      const incarnation = next(database.incarnation)
      return change({ ...closed, up: true, kind: "standby", incarnation, upstream: task.primary, log: primary.log })
    }
    case "drain":
    case "stop":
      return change({ ...closed, up: false })
    case "wait-for":
      return change({ names: task.waitFor })
    case "renew-senders": {
      const copy = databaseOf(world, task.joiner.region)
      if (isGone(world, task.joiner)) return { event: "failed", world }
      const senders = Object.entries(database.senders)
      const isSpared = ([standby, { names, incarnation }]: [string, Sender]) =>
        standby === task.joiner.region && incarnation === copy.incarnation && !waitsFor(names, standby, incarnation)
      if (senders.some(sender => sender[1].stopped && !isSpared(sender))) return { event: "failed", world }
      if (!canStream(database, copy, region)) return undefined
      // One that is stopped does not end.
      const left = Object.fromEntries(senders.filter(sender => sender[1].stopped || isSpared(sender)))
      const fresh = { names: database.names, incarnation: copy.incarnation, ...atFirst }
      return {
        event: "done",
        world: withDatabase(world, region, { senders: { [task.joiner.region]: fresh, ...left } }),
      }
    }
    case "see-waiting":
      return when(database.mustWait)
    case "see-returning":
      return when(!database.mustWait)
    case "position":
      return { event: "done", world, position: database.log.length }
    case "see-flushed": {
      const sender = database.senders[task.joiner.region]
      if (sender?.incarnation === task.joiner.incarnation && sender.flushed >= task.position)
        return { event: "done", world }
      return isGone(world, task.joiner) || sender?.stopped ? { event: "failed", world } : undefined
    }
    case "barrier":
      return when(!database.mustWait || confirms(database))
    case "nudge":
      return change({ alone: false })
    case "admit":
      return change({ open: true })
  }
}

/** What a region lacks that was not in sync is lost with its claim, and people are told; nothing more may be after that. */
function lossReported(world: World, log: string): World {
  if (world.register.claim === "in-sync") return world
  return { ...world, acknowledged: [...world.acknowledged].filter(commit => log.includes(commit)).join("") }
}

/** What a supervisor finds on the disk. */
export function dataOf({ kind, incarnation }: Database): LocalData {
  return kind === "none" ? { kind } : { kind, incarnation }
}

const isBehind = (world: World, region: string): boolean =>
  supervisorOf(world, region).register?.version !== world.register.version

/** What is waited for in vain is given up after a while. */
const isGone = (world: World, { region, incarnation }: RegionIncarnation): boolean =>
  databaseOf(world, region).incarnation !== incarnation

const closed = { open: false, waiting: "", senders: {} }

/** A server that starts knows its names from the first moment. */
const loaded = (waitFor: Database["names"]) => ({
  alone: waitFor === "nobody",
  names: waitFor,
  checkpointer: { loaded: waitFor, applied: true },
  mustWait: waitFor !== "nobody",
})

const confirms = ({ senders, log }: Database): boolean =>
  Object.entries(senders).some(
    ([standby, { names, incarnation, flushed, stopped }]) =>
      !stopped && waitsFor(names, standby, incarnation) && flushed >= log.length,
  )

const next = (incarnation: string): string => incarnation.replace(/\d+$/, number => String(Number(number) + 1))

import {
  type Database,
  databaseOf,
  type Move,
  mayAcknowledge,
  union,
  type World,
  waitsFor,
  withDatabase,
  withSender,
} from "./world.ts"

/** What PostgreSQL's processes do by themselves, each in its own time. */
export function postgresMoves(world: World): Move[] {
  return Object.keys(world.databases).flatMap(region => [
    ...checkpointer(world, region),
    ...Object.keys(world.databases)
      .filter(other => other !== region)
      .flatMap(standby => replication(world, region, standby)),
  ])
}

function checkpointer(world: World, region: string): Move[] {
  const database = databaseOf(world, region)
  if (!database.up || database.kind !== "primary") return []
  const moves: Move[] = []
  const { names, checkpointer } = database
  if (!same(checkpointer.loaded, names) && checkpointer.applied)
    moves.push({
      label: `${region}: the checkpointer loads ${show(names)}`,
      optional: false,
      to: withDatabase(world, region, { checkpointer: { loaded: names, applied: false } }),
    })
  if (!checkpointer.applied) {
    const applied = { checkpointer: { ...checkpointer, applied: true }, mustWait: checkpointer.loaded !== "nobody" }
    const to = withDatabase(world, region, applied)
    moves.push({
      label: `${region}: the checkpointer applies ${show(checkpointer.loaded)}`,
      optional: false,
      // Names of nobody wake every waiter.
      to: checkpointer.loaded === "nobody" ? released(to, region, database.waiting, false) : to,
    })
  }
  return moves
}

function replication(world: World, region: string, standby: string): Move[] {
  const primary = databaseOf(world, region)
  const copy = databaseOf(world, standby)
  const sender = primary.senders[standby]
  if (!primary.up) return []
  if (sender === undefined) {
    if (!canStream(primary, copy, region)) return []
    const fresh = { names: primary.names, incarnation: copy.incarnation, ...atFirst }
    return [
      {
        label: `${standby}: streams from ${region}`,
        optional: false,
        to: withSender(world, region, standby, fresh),
      },
    ]
  }
  const moves: Move[] = []
  const connected = canStream(primary, copy, region) && copy.incarnation === sender.incarnation
  const say = (label: string, to: World) => moves.push({ label: `${region}→${standby}: ${label}`, optional: false, to })
  if (!connected && !sender.stopped) say("walsender ends", withSender(world, region, standby, undefined))
  if (connected && copy.log.length < primary.log.length)
    say("one record arrives", withDatabase(world, standby, { log: primary.log.slice(0, copy.log.length + 1) }))
  if (connected && !sender.stopped && sender.flushed < copy.log.length)
    say("flush is reported", withSender(world, region, standby, { ...sender, flushed: copy.log.length }))
  if (!sender.stopped && sender.loading !== null)
    say(
      "walsender goes by what it read",
      withSender(world, region, standby, { ...sender, names: sender.loading, loading: null }),
    )
  else if (!sender.stopped && !same(sender.names, primary.names))
    say(
      `walsender reads ${show(primary.names)}`,
      withSender(world, region, standby, { ...sender, loading: primary.names }),
    )
  const confirmed = [...primary.waiting].filter(commit => primary.log.indexOf(commit) < sender.flushed).join("")
  if (
    !sender.stopped &&
    sender.loading === null &&
    confirmed !== "" &&
    waitsFor(sender.names, standby, sender.incarnation)
  )
    say(`walsender releases ${confirmed}`, released(world, region, confirmed, true))
  return moves
}

/** Of a walsender that has just begun. */
export const atFirst = { loading: null, flushed: 0, stopped: false } as const

/** A standby's process streams from a running server whose history its own is a part of. */
export const canStream = (primary: Database, copy: Database, region: string): boolean =>
  primary.up &&
  primary.kind === "primary" &&
  copy.up &&
  copy.kind === "standby" &&
  copy.upstream === region &&
  primary.log.startsWith(copy.log)

function released(world: World, region: string, commits: string, confirmed: boolean): World {
  const { waiting } = databaseOf(world, region)
  const left = [...waiting].filter(commit => !commits.includes(commit)).join("")
  const to = withDatabase(world, region, { waiting: left })
  return confirmed || mayAcknowledge(world, region) ? { ...to, acknowledged: union(world.acknowledged, commits) } : to
}

export const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other)

const show = (names: Database["names"]): string =>
  typeof names === "string" ? names : `${names.region}@${names.incarnation}`

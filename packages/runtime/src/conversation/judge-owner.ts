/** What one look at a replica's presence showed. */
export interface OwnerSight {
  /** Monotonic milliseconds of whoever looked. */
  readonly at: number
  /** Its session, and with it its lock, is there. */
  readonly locked: boolean
  /** It was last present on this very server process: a missing lock is no failover's doing. */
  readonly sameServer: boolean
  /** Its last heartbeat's time. Only compared with itself: a clock that jumps says nothing about who is alive. */
  readonly heartbeat: string | null
}

/** A replica that may be dead: it showed no sign of life since the first of several looks in a row. */
export interface Suspicion {
  readonly first: OwnerSight
  readonly last: OwnerSight
  /** Milliseconds between the looks, without what a stall of the database adds to them. */
  readonly lasted: number
}

/**
 * Decides whether a replica is dead, from looks in a row that all say so. Being wrong costs a second generation, whose
 * loser cannot save its turn; it never makes two turns. `suspicion` is to be passed in again with the next look.
 */
export function judgeOwner(
  before: Suspicion | undefined,
  sight: OwnerSight,
): { readonly dead: boolean; readonly suspicion: Suspicion } {
  if (before === undefined || showsLife(before.last, sight)) {
    return { dead: false, suspicion: { first: sight, last: sight, lasted: 0 } }
  }
  const { first, last } = before
  const lasted = before.lasted + Math.min(sight.at - last.at, longestGap)
  return {
    dead: lasted >= Math.max(patience(first), patience(sight)),
    suspicion: { first, last: sight, lasted },
  }
}

/** A new heartbeat is life. A session that ended is none, but other signs count from then on. */
const showsLife = (before: OwnerSight, now: OwnerSight): boolean =>
  now.heartbeat !== before.heartbeat || now.locked !== before.locked

/** Milliseconds for which a sight must last. */
function patience({ locked, sameServer }: OwnerSight): number {
  if (locked) return frozen
  return sameServer ? gone : unseen
}

/** The kernel closed its session; time enough for a living one to open another. */
const gone = 100
/** Several heartbeats, with the two seconds that one may take. */
const frozen = 5_000
/** After a failover every replica has to come back first. */
const unseen = 2_000
/** While the database stalls no heartbeat can arrive: a look that took longer to come about counts no more than this. */
const longestGap = 500

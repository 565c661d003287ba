/** What one look at a replica's presence showed. */
export interface OwnerSight {
  /** Monotonic milliseconds of whoever looked. */
  readonly at: number
  /** Its session, and with it its lock, is there. */
  readonly locked: boolean
  /** It was last present on this very server process: a missing lock is no failover's doing. */
  readonly sameServer: boolean
  /** Its heartbeat is overdue. */
  readonly silent: boolean
}

/**
 * Decides whether a replica is dead, from looks in a row that all say so. Being wrong costs a second generation, whose
 * loser cannot save its turn; it never makes two turns. `sights` are to be passed in again with the next look.
 */
export function judgeOwner(
  before: readonly OwnerSight[],
  sight: OwnerSight,
): { readonly dead: boolean; readonly sights: readonly OwnerSight[] } {
  if (patience(sight) === undefined) return { dead: false, sights: [] }
  const [first = sight] = before
  const sights = [first, sight]
  const longest = Math.max(patience(first) ?? 0, patience(sight) ?? 0)
  return { dead: before.length > 0 && sight.at - first.at >= longest, sights }
}

/** Milliseconds for which a sight must last; undefined: it is alive. */
function patience({ locked, sameServer, silent }: OwnerSight): number | undefined {
  if (locked) return silent ? frozen : undefined
  return sameServer ? gone : unseen
}

/** The kernel closed its session; time enough for a living one to open another. */
const gone = 100
/** The heartbeat lease is over; the first look after a stall of the database itself must not count. */
const frozen = 1_000
/** After a failover every replica has to come back first. */
const unseen = 2_000

import { walBytes } from "../../../wal-position.ts"
import { ask, type ReplicationLogin, replicationClient } from "./replication-slot.ts"

/** A timeline that the server's own history goes through, and the position at which it was left. */
export interface Fork {
  readonly timeline: number
  /** `X/Y` in hexadecimal, as PostgreSQL writes positions. */
  readonly at: string
}

export interface TimelineHistory {
  readonly timeline: number
  readonly forks: readonly Fork[]
}

/** How the server's WAL came to be. Throws what `pg` throws. */
export async function timelineHistory(login: ReplicationLogin): Promise<TimelineHistory> {
  const client = replicationClient(login)
  await client.connect()
  try {
    const { rows } = await ask(client, "IDENTIFY_SYSTEM")
    const timeline = Number((rows[0] as { timeline: number } | undefined)?.timeline)
    // The first timeline has no history.
    if (timeline === 1) return { timeline, forks: [] }
    const history = await ask(client, `TIMELINE_HISTORY ${timeline}`)
    return { timeline, forks: parseHistory(String((history.rows[0] as { content: Buffer | string }).content)) }
  } finally {
    await client.end().catch(() => undefined)
  }
}

/** Lines of `timeline <tab> position <tab> reason`. */
export function parseHistory(content: string): Fork[] {
  return [...content.matchAll(/^(\d+)\t([0-9A-F]+\/[0-9A-F]+)/gim)].map(([, timeline, at = ""]) => ({
    timeline: Number(timeline),
    at,
  }))
}

/** Where a timeline that is not the first begins. */
export interface Beginning {
  readonly timeline: number
  readonly left: Fork
}

/** As drills read it (`drill/position-violations.ts`). */
export const beginningText = ({ timeline, left }: Beginning): string =>
  `timeline ${timeline} begins at ${left.at} of timeline ${left.timeline}`

/**
 * Whether WAL that ends at `end` on `timeline` is no part of this history (rule 10): the timeline is none of it, or was
 * left before that position.
 */
export function isDiverged(history: TimelineHistory, { timeline, end }: { timeline: number; end: string }): boolean {
  if (timeline === history.timeline) return false
  const fork = history.forks.find(candidate => candidate.timeline === timeline)
  return fork === undefined || walBytes(end) > walBytes(fork.at)
}

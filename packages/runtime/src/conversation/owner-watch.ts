import { type PrimaryDatabase, statement } from "../database/index.ts"
import { judgeOwner, type Suspicion } from "./judge-owner.ts"

/** Milliseconds between two looks at the owners that somebody here waits for. */
const lookEvery = 150

/** Sees that a replica died whose request others wait for. Looks only while somebody waits. */
export class OwnerWatch {
  readonly #database: PrimaryDatabase
  readonly #watched = new Map<string, Watched>()
  #timer: NodeJS.Timeout | undefined

  constructor(database: PrimaryDatabase) {
    this.#database = database
  }

  /** Calls back at most once. Returns how to stop watching. */
  watch(owner: string, onDeath: () => void): () => void {
    const watched = this.#watched.get(owner) ?? { listeners: new Set(), suspicion: undefined }
    this.#watched.set(owner, watched)
    watched.listeners.add(onDeath)
    this.#lookSoon()
    return () => {
      watched.listeners.delete(onDeath)
      if (watched.listeners.size === 0 && this.#watched.get(owner) === watched) this.#watched.delete(owner)
    }
  }

  #lookSoon(): void {
    this.#timer ??= setTimeout(() => void this.#look(), lookEvery)
  }

  async #look(): Promise<void> {
    try {
      const owners = [...this.#watched.keys()]
      // A wrong judgement costs a second generation, and the claim that follows it is a commit.
      const rows = await this.#database.read<OwnerRow>(findOwners, [owners], "nothing")
      const now = performance.now()
      for (const row of rows) this.#judge(row, now)
    } catch {
      // Without a primary nobody can be judged; what was seen before does not count any more.
      for (const watched of this.#watched.values()) watched.suspicion = undefined
    } finally {
      this.#timer = undefined
      if (this.#watched.size > 0) this.#lookSoon()
    }
  }

  #judge(row: OwnerRow, now: number): void {
    const watched = this.#watched.get(row.instance)
    if (watched === undefined) return
    const { locked, same_server: sameServer, heartbeat } = row
    const { dead, suspicion } = judgeOwner(watched.suspicion, { at: now, locked, sameServer, heartbeat })
    watched.suspicion = suspicion
    if (!dead) return
    this.#watched.delete(row.instance)
    for (const onDeath of watched.listeners) onDeath()
  }
}

interface Watched {
  readonly listeners: Set<() => void>
  suspicion: Suspicion | undefined
}

interface OwnerRow {
  readonly instance: string
  readonly locked: boolean
  readonly same_server: boolean
  readonly heartbeat: string | null
}

const findOwners = statement(
  "find-owners",
  `SELECT owner.instance,
     coalesce(r.server = pg_postmaster_start_time()::text, false) AS same_server,
     r.seen_at::text AS heartbeat,
     EXISTS (
       SELECT FROM pg_locks l
       WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
         AND l.classid = (r.lock_key >> 32)::oid AND l.objid = (r.lock_key & 4294967295)::oid
     ) AS locked
   FROM unnest($1::text[]) AS owner (instance) LEFT JOIN chatops.replicas r ON r.instance = owner.instance`,
)

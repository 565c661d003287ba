import { createHash } from "node:crypto"
import { type PrimaryDatabase, statement } from "../database/index.ts"
import { LookUpQueue } from "./look-up-queue.ts"
import { RecentMap } from "./recent-map.ts"

/** Whoever holds a valid key. */
export interface KeyHolder {
  /** `key_…` */
  readonly keyId: string
  readonly tenant: string
  readonly kind: "api" | "session"
}

export interface ApiKeys {
  /** Undefined when there is no such key, or it was revoked or has expired. Throws `DatabaseUnavailable` and `DatabaseBusy`. */
  verify(key: string): Promise<KeyHolder | undefined>
}

/**
 * Milliseconds for which a key found valid is not looked up again, and so the longest that a revoked one still works; in a
 * failover a read's greatest age comes on top, for the former primary knows nothing of it.
 */
const remembered = 5_000
/** Milliseconds for which a key found to be none is not looked up again. */
const refusalRemembered = 2_000
/** Keys remembered at a time, of either sort. */
const capacity = 10_000

export interface ApiKeysOptions {
  /** Most look-ups at a time of keys that were never valid here, so that a flood of them leaves connections to others. */
  readonly lookUps?: number
  readonly now?: () => number
}

/**
 * Keys are looked up by their hash, so that neither the database nor the time a look-up takes tells anything about
 * them. A new key works from the moment it was made, for nobody tried it before.
 */
export function createApiKeys(database: PrimaryDatabase, options: ApiKeysOptions = {}): ApiKeys {
  const { lookUps = 2, now = () => performance.now() } = options
  const known = new RecentMap<Known>(capacity)
  const refused = new RecentMap<number>(capacity)
  const underWay = new Map<string, Promise<KeyHolder | undefined>>()
  const queue = new LookUpQueue(lookUps)

  async function lookUp(name: string, hash: Buffer): Promise<KeyHolder | undefined> {
    const asked = now()
    const [row] = await database.read<KeyRow>(findKey, [hash])
    if (row === undefined) {
      known.delete(name)
      refused.set(name, asked + refusalRemembered)
      return undefined
    }
    const holder: KeyHolder = { keyId: row.id, tenant: row.tenant, kind: row.kind }
    // Counted from when the database was asked; a key that expires sooner is forgotten sooner.
    known.set(name, { holder, until: asked + Math.min(remembered, row.expires_in ?? remembered) })
    return holder
  }

  return {
    async verify(key) {
      const hash = createHash("sha256").update(key).digest()
      const name = hash.toString("base64")
      const found = known.get(name)
      if (found !== undefined && found.until > now()) return found.holder
      if ((refused.get(name) ?? 0) > now()) return undefined
      const pending = underWay.get(name)
      if (pending !== undefined) return await pending
      // One that was valid a while ago does not queue up with those that nobody knows.
      const asked = found === undefined ? queue.run(() => lookUp(name, hash)) : lookUp(name, hash)
      underWay.set(name, asked)
      try {
        return await asked
      } finally {
        underWay.delete(name)
      }
    },
  }
}

interface Known {
  readonly holder: KeyHolder
  readonly until: number
}

interface KeyRow {
  readonly id: string
  readonly tenant: string
  readonly kind: KeyHolder["kind"]
  /** Milliseconds. */
  readonly expires_in: number | null
}

const findKey = statement(
  "find-api-key",
  `SELECT id, tenant, kind, (extract(epoch FROM expires_at - now()) * 1000)::float8 AS expires_in
   FROM chatops.api_keys
   WHERE hash = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())`,
)

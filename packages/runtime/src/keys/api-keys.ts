import { createHash } from "node:crypto"
import { type PrimaryDatabase, statement } from "../database/index.ts"

/** Whoever holds a valid key. */
export interface KeyHolder {
  /** `key_…` */
  readonly keyId: string
  readonly tenant: string
  readonly kind: "api" | "session"
}

export interface ApiKeys {
  /** Undefined when there is no such key, or it was revoked or has expired. Throws `DatabaseUnavailable`. */
  verify(key: string): Promise<KeyHolder | undefined>
}

/** Milliseconds for which a key found valid is not looked up again, and so the longest that a revoked one still works. */
const remembered = 5_000
/** Keys remembered at a time. */
const capacity = 10_000

/**
 * Keys are looked up by their hash, so that neither the database nor the time a look-up takes tells anything about
 * them. Invalid keys are never remembered: a key works from the moment it was made.
 */
export function createApiKeys(database: PrimaryDatabase, now: () => number = () => performance.now()): ApiKeys {
  const known = new Map<string, Known>()
  return {
    async verify(key) {
      const hash = createHash("sha256").update(key).digest()
      const name = hash.toString("base64")
      const found = known.get(name)
      if (found !== undefined && found.until > now()) return found.holder
      known.delete(name)
      const asked = now()
      const [row] = await database.read<KeyRow>(findKey, [hash])
      if (row === undefined) return undefined
      const holder: KeyHolder = { keyId: row.id, tenant: row.tenant, kind: row.kind }
      if (known.size >= capacity) known.clear()
      // Counted from when the database was asked; a key that expires sooner is forgotten sooner.
      known.set(name, { holder, until: asked + Math.min(remembered, row.expires_in ?? remembered) })
      return holder
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

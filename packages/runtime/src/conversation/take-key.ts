import { statement } from "../database/index.ts"

/** The key as it is now; taken by the caller when the attempt is its own. */
export interface KeyRow {
  readonly epoch: number
  readonly state: "in_flight" | "done"
  readonly owner: string
  readonly attempt: string
  readonly same_body: boolean
  readonly result_id: string | null
  readonly result: unknown
}

/** Expired, or in flight on a replica that died. */
const mayTake = `(k.expires_at <= now() OR (k.state = 'in_flight' AND k.attempt = $6 AND k.body_hash = excluded.body_hash))`

/** Values: tenant, key, SHA-256 of route and body, owner, attempt, attempt that is known to be dead or null, highest epoch. */
export const takeKey = statement(
  "take-idempotency-key",
  `INSERT INTO chatops.idempotency_keys AS k (tenant, key, body_hash, state, owner, attempt, expires_at)
   SELECT $1, $2, $3, 'in_flight', $4, $5, now() + interval '24 hours' FROM chatops.epoch WHERE epoch >= $7
   ON CONFLICT (tenant, key) DO UPDATE SET
     body_hash = CASE WHEN ${mayTake} THEN excluded.body_hash ELSE k.body_hash END,
     state = CASE WHEN ${mayTake} THEN 'in_flight' ELSE k.state END,
     owner = CASE WHEN ${mayTake} THEN excluded.owner ELSE k.owner END,
     attempt = CASE WHEN ${mayTake} THEN excluded.attempt ELSE k.attempt END,
     result_id = CASE WHEN ${mayTake} THEN NULL ELSE k.result_id END,
     result = CASE WHEN ${mayTake} THEN NULL ELSE k.result END,
     expires_at = CASE WHEN ${mayTake} THEN excluded.expires_at ELSE k.expires_at END,
     awaited = k.awaited OR k.state = 'in_flight' AND k.attempt <> excluded.attempt,
     touched_at = now()
   RETURNING k.state, k.owner, k.attempt, k.body_hash = $3 AS same_body, k.result_id, k.result,
     (SELECT epoch FROM chatops.epoch) AS epoch`,
)

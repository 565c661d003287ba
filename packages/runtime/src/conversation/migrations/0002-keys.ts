import type { Migration } from "./migration.ts"

// Only hashes (SHA-256 of the whole key or token) ever reach the database. The functions are the administration's
// interface: the supervisor calls them as the database's owner.
export const keys: Migration = {
  version: 2,
  name: "keys",
  sql: `
CREATE TABLE chatops.api_keys (
  id text PRIMARY KEY,
  tenant text NOT NULL,
  name text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('api', 'session')),
  hash bytea NOT NULL UNIQUE CHECK (length(hash) = 32),
  opened_by bytea,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz,
  revoked_at timestamptz
);

CREATE TABLE chatops.one_time_tokens (
  hash bytea PRIMARY KEY CHECK (length(hash) = 32),
  tenant text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  used_at timestamptz,
  nonce_hash bytea CHECK (length(nonce_hash) = 32)
);
CREATE INDEX ON chatops.api_keys (opened_by) WHERE opened_by IS NOT NULL;

CREATE FUNCTION chatops.create_key(tenant text, name text, hash bytea, expires_at timestamptz DEFAULT NULL)
RETURNS text LANGUAGE sql SET search_path = pg_catalog AS $$
  INSERT INTO chatops.api_keys (id, tenant, name, kind, hash, expires_at)
  VALUES ('key_' || replace(gen_random_uuid()::text, '-', ''), $1, $2, 'api', $3, $4)
  RETURNING id
$$;

CREATE FUNCTION chatops.list_keys()
RETURNS TABLE (id text, tenant text, name text, created_at timestamptz, expires_at timestamptz, revoked_at timestamptz)
LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
  SELECT k.id, k.tenant, k.name, k.created_at, k.expires_at, k.revoked_at
  FROM chatops.api_keys k WHERE k.kind = 'api' ORDER BY k.created_at, k.id
$$;

-- True when there is such a key, revoked by this call or before.
CREATE FUNCTION chatops.revoke_key(id text)
RETURNS boolean LANGUAGE sql SET search_path = pg_catalog AS $$
  WITH revoked AS (
    UPDATE chatops.api_keys k SET revoked_at = coalesce(k.revoked_at, now()) WHERE k.id = $1 RETURNING 1
  )
  SELECT EXISTS (SELECT FROM revoked)
$$;

CREATE FUNCTION chatops.create_one_time_token(hash bytea, tenant text, ttl interval)
RETURNS timestamptz LANGUAGE sql SET search_path = pg_catalog AS $$
  INSERT INTO chatops.one_time_tokens (hash, tenant, expires_at) VALUES ($1, $2, now() + $3) RETURNING expires_at
$$;

-- Uses a token up and opens a browser's session; no row when the token is unknown, used or expired. Whoever used it may
-- ask again with the same nonce for a minute, for the answer may have been lost: the key that it named is revoked. The
-- lock comes first and by itself, so that what follows sees the key of a request that was under way.
CREATE FUNCTION chatops.open_session(token_hash bytea, nonce_hash bytea, key_hash bytea, ttl interval)
RETURNS TABLE (tenant text, expires_at timestamptz)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT FROM chatops.one_time_tokens t WHERE t.hash = $1 FOR UPDATE;
  WITH used AS (
    UPDATE chatops.one_time_tokens t SET used_at = coalesce(t.used_at, clock_timestamp()), nonce_hash = $2
    WHERE t.hash = $1 AND CASE WHEN t.used_at IS NULL THEN t.expires_at > now()
      ELSE t.nonce_hash = $2 AND t.used_at > clock_timestamp() - interval '1 minute' END
    RETURNING t.tenant
  ),
  replaced AS (
    UPDATE chatops.api_keys k SET revoked_at = now() FROM used WHERE k.opened_by = $1 AND k.revoked_at IS NULL
  )
  INSERT INTO chatops.api_keys (id, tenant, name, kind, hash, opened_by, expires_at)
  SELECT 'key_' || replace(gen_random_uuid()::text, '-', ''), used.tenant, 'chat page', 'session', $3, $1, now() + $4
  FROM used
  RETURNING api_keys.tenant, api_keys.expires_at
$$;

-- Deletes what has expired, of idempotency keys at most a batch; returns how many rows.
CREATE FUNCTION chatops.purge(batch integer)
RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  WITH
  keys AS (
    DELETE FROM chatops.idempotency_keys WHERE ctid = ANY (ARRAY(
      SELECT ctid FROM chatops.idempotency_keys WHERE expires_at <= now() LIMIT $1 FOR UPDATE SKIP LOCKED
    )) RETURNING 1
  ),
  tokens AS (DELETE FROM chatops.one_time_tokens WHERE expires_at <= now() - interval '1 day' RETURNING 1),
  sessions AS (
    DELETE FROM chatops.api_keys WHERE kind = 'session' AND expires_at <= now() - interval '1 day' RETURNING 1
  ),
  replicas AS (DELETE FROM chatops.replicas WHERE seen_at <= now() - interval '1 day' RETURNING 1)
  SELECT (SELECT count(*) FROM keys) + (SELECT count(*) FROM tokens)
       + (SELECT count(*) FROM sessions) + (SELECT count(*) FROM replicas)
$$;

REVOKE ALL ON FUNCTION
  chatops.create_key(text, text, bytea, timestamptz), chatops.list_keys(), chatops.revoke_key(text),
  chatops.create_one_time_token(bytea, text, interval), chatops.open_session(bytea, bytea, bytea, interval),
  chatops.purge(integer)
FROM PUBLIC;
`,
}

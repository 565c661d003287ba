import type { Migration } from "./migration.ts"

// `json`, not `jsonb`, for what people and models wrote: it keeps any text that JSON can hold, NUL included.
export const turns: Migration = {
  version: 1,
  name: "turns",
  sql: `
CREATE TABLE IF NOT EXISTS chatops.epoch (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  epoch bigint NOT NULL CHECK (epoch >= 1)
);
INSERT INTO chatops.epoch (epoch) SELECT 1 WHERE NOT EXISTS (SELECT FROM chatops.epoch);

CREATE TABLE chatops.conversations (
  id text PRIMARY KEY,
  tenant text NOT NULL,
  end_user text,
  metadata json NOT NULL,
  next_position bigint NOT NULL DEFAULT 1,
  next_item bigint NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);

CREATE TABLE chatops.turns (
  id text PRIMARY KEY,
  tenant text NOT NULL,
  end_user text,
  conversation_id text REFERENCES chatops.conversations,
  position bigint,
  previous_turn_id text,
  release_id text NOT NULL,
  arm text NOT NULL,
  epoch bigint NOT NULL,
  model text NOT NULL,
  upstream text,
  status text NOT NULL CHECK (status IN ('completed', 'incomplete')),
  incomplete_reason text,
  parameters json NOT NULL,
  instructions json,
  input json NOT NULL,
  output json NOT NULL,
  input_tokens bigint,
  output_tokens bigint,
  cached_tokens bigint,
  reasoning_tokens bigint,
  metadata json NOT NULL,
  created_at timestamptz NOT NULL,
  completed_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  UNIQUE (conversation_id, position)
);

CREATE TABLE chatops.conversation_items (
  conversation_id text NOT NULL REFERENCES chatops.conversations,
  position bigint NOT NULL,
  id text NOT NULL UNIQUE,
  turn_id text,
  item json NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (conversation_id, position)
);

CREATE TABLE chatops.idempotency_keys (
  tenant text NOT NULL,
  key text NOT NULL,
  body_hash bytea NOT NULL,
  state text NOT NULL CHECK (state IN ('in_flight', 'done')),
  owner text NOT NULL,
  attempt text NOT NULL,
  awaited boolean NOT NULL DEFAULT false,
  result_id text,
  result json,
  touched_at timestamptz NOT NULL DEFAULT now(),
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (tenant, key)
) WITH (fillfactor = 70);
CREATE INDEX ON chatops.idempotency_keys (expires_at);

CREATE TABLE chatops.deletions (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('response', 'conversation', 'item')),
  object_id text NOT NULL,
  deleted_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE chatops.replicas (
  instance text PRIMARY KEY,
  region text NOT NULL,
  replica text NOT NULL,
  release_id text NOT NULL,
  lock_key bigint NOT NULL,
  server text NOT NULL,
  started_at timestamptz NOT NULL DEFAULT now(),
  seen_at timestamptz NOT NULL
) WITH (fillfactor = 50);
`,
}

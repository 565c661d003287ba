/**
 * What replicas may do, and nothing else; repeated after every migration, for the role is the environment's choice.
 * `role` is a quoted identifier.
 */
export const grants = (role: string): string => `
GRANT USAGE ON SCHEMA chatops TO ${role};
GRANT SELECT ON chatops.epoch TO ${role};
GRANT SELECT (id, tenant, kind, hash, expires_at, revoked_at) ON chatops.api_keys TO ${role};
GRANT SELECT, INSERT, UPDATE ON chatops.conversations, chatops.turns TO ${role};
GRANT SELECT, INSERT, DELETE ON chatops.conversation_items TO ${role};
GRANT SELECT, INSERT, UPDATE, DELETE ON chatops.idempotency_keys TO ${role};
GRANT SELECT, INSERT, UPDATE, DELETE ON chatops.replicas TO ${role};
GRANT INSERT ON chatops.deletions TO ${role};
GRANT EXECUTE ON FUNCTION chatops.open_session(bytea, bytea, interval), chatops.purge() TO ${role};
`

/**
 * Takes from replicas what `grants` does not give them, should anybody have granted more. Not to be run on the database
 * of a newer version, whose grants are not known here; in one transaction with `grants`, for replicas are at work.
 */
export const revocations = (role: string): string => `
REVOKE ALL ON ALL TABLES IN SCHEMA chatops FROM ${role};
REVOKE ALL ON ALL SEQUENCES IN SCHEMA chatops FROM ${role};
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA chatops FROM ${role};
REVOKE ALL ON SCHEMA chatops FROM ${role};
`

/** What replicas may do; repeated after every migration, for the role is the environment's choice. `role` is a quoted identifier. */
export const grants = (role: string): string => `
GRANT USAGE ON SCHEMA chatops TO ${role};
GRANT SELECT ON chatops.epoch, chatops.lease, chatops.lease_renewals TO ${role};
GRANT SELECT (id, tenant, kind, hash, expires_at, revoked_at) ON chatops.api_keys TO ${role};
GRANT SELECT, INSERT, UPDATE ON chatops.conversations, chatops.turns TO ${role};
GRANT SELECT, INSERT, DELETE ON chatops.conversation_items TO ${role};
GRANT SELECT, INSERT, UPDATE, DELETE ON chatops.idempotency_keys TO ${role};
GRANT SELECT, INSERT, UPDATE ON chatops.replicas TO ${role};
GRANT INSERT ON chatops.deletions TO ${role};
GRANT EXECUTE ON FUNCTION chatops.open_session(bytea, bytea, bytea, interval), chatops.purge(integer) TO ${role};
`

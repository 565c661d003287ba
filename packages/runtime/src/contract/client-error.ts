/**
 * An error as OpenAI's clients expect it, on the wire as `{ "error": … }`,
 * and after the first byte of a stream as `event: error`.
 */
export interface ClientError {
  readonly message: string
  readonly type: ClientErrorType
  readonly param: string | null
  readonly code: ClientErrorCode | null
}

export type ClientErrorType =
  | "invalid_request_error"
  | "authentication_error"
  | "not_found_error"
  | "conflict_error"
  | "rate_limit_error"
  | "server_error"
  | "unavailable_error"

/** Machine-readable reasons. Those marked *retryable* may be sent again with the same `Idempotency-Key`. */
export type ClientErrorCode =
  | "unsupported_parameter"
  | "unsupported_endpoint"
  | "unknown_parameter"
  | "invalid_type"
  | "invalid_value"
  | "missing_parameter"
  | "invalid_json"
  | "invalid_encoding"
  | "body_too_large"
  | "invalid_api_key"
  | "invalid_token"
  | "model_not_found"
  | "response_not_found"
  | "conversation_not_found"
  | "item_not_found"
  | "route_not_found"
  | "idempotency_key_reused"
  | "request_timeout"
  /** Retryable: no replica could be reached. */
  | "no_replica_available"
  /** Retryable: the answer broke off. Whether it was stored is unknown; a repeat with the same key finds out. */
  | "stream_interrupted"
  /** Retryable: every upstream failed. */
  | "upstream_failed"
  /** Retryable: an upstream was too slow. */
  | "upstream_timeout"
  /** Retryable: every upstream has too much to do; not before the time that `Retry-After` names. */
  | "upstream_busy"
  /** The settings of an upstream are at fault, so that no repeat helps: its key, its base URL or the model's name. */
  | "upstream_misconfigured"
  /** Retryable: no writable database with the newest epoch. */
  | "database_unavailable"
  /** Retryable: the outcome of the commit is unknown; a repeat finds out. */
  | "commit_unknown"
  /** Retryable: this replica is stopping. */
  | "draining"
  /** Retryable: too busy for now; not before the time that `Retry-After` names. */
  | "overloaded"
  | "internal_error"

export const retryableCodes: ReadonlySet<ClientErrorCode> = new Set([
  "no_replica_available",
  "stream_interrupted",
  "upstream_failed",
  "upstream_timeout",
  "upstream_busy",
  "database_unavailable",
  "commit_unknown",
  "draining",
  "overloaded",
])

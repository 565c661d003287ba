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
  | "rate_limit_error"
  | "server_error"
  | "unavailable_error"

interface ClientErrorEntry {
  /** Status of an answer that is this error. */
  readonly status: number
  readonly type: ClientErrorType
  /** What the reference says about it; whole sentences. */
  readonly meaning: string
  /** May be sent again with the same `Idempotency-Key`, and may then succeed. */
  readonly retryable?: true
}

/** Every machine-readable reason for which replicas and gateway refuse or break off. */
export const clientErrors = {
  unsupported_parameter: {
    status: 400,
    type: "invalid_request_error",
    meaning: "OpenAI has this parameter, or this value of it; here it is not supported.",
  },
  unsupported_endpoint: {
    status: 400,
    type: "invalid_request_error",
    meaning: "There is no such endpoint here, whether OpenAI has it or not. The message lists those that there are.",
  },
  unknown_parameter: { status: 400, type: "invalid_request_error", meaning: "There is no such parameter." },
  invalid_type: { status: 400, type: "invalid_request_error", meaning: "A value, or the body, is of the wrong type." },
  invalid_value: { status: 400, type: "invalid_request_error", meaning: "A value is not one that is accepted." },
  missing_parameter: { status: 400, type: "invalid_request_error", meaning: "A required parameter is missing." },
  invalid_json: { status: 400, type: "invalid_request_error", meaning: "The body is no JSON." },
  invalid_encoding: { status: 400, type: "invalid_request_error", meaning: "The body is no UTF-8." },
  body_too_large: {
    status: 413,
    type: "invalid_request_error",
    meaning: "The body is larger than `runtime.body-limit` of chatops.yaml allows.",
  },
  invalid_api_key: {
    status: 401,
    type: "authentication_error",
    meaning: "The API key is missing, unknown, revoked or expired.",
  },
  invalid_token: {
    status: 401,
    type: "authentication_error",
    meaning: "The link to the chat page was used before, or has expired.",
  },
  model_not_found: { status: 404, type: "not_found_error", meaning: "The chatbot offers another model." },
  response_not_found: {
    status: 404,
    type: "not_found_error",
    meaning: "There is no such response, or it is another tenant's.",
  },
  response_stream_gone: {
    status: 410,
    type: "not_found_error",
    meaning:
      "The replica that was making this response cannot be reached, and the response is not stored. Whether it will be is unknown: retrieve the whole of it later, or repeat the request that asked for it with its `Idempotency-Key`.",
  },
  response_cancelled: {
    status: 400,
    type: "invalid_request_error",
    meaning: "Somebody with a key of its tenant cancelled the response while it was made. Nothing of it is stored.",
  },
  response_finished: {
    status: 400,
    type: "invalid_request_error",
    meaning: "The response is whole, so that it cannot be cancelled. It can be deleted.",
  },
  conversation_not_found: {
    status: 404,
    type: "not_found_error",
    meaning: "There is no such conversation, or it is another tenant's.",
  },
  item_not_found: { status: 404, type: "not_found_error", meaning: "The conversation has no such item." },
  route_not_found: {
    status: 404,
    type: "not_found_error",
    meaning: "There is nothing at this path, or it is not for the public.",
  },
  idempotency_key_reused: {
    status: 422,
    type: "invalid_request_error",
    meaning: "The `Idempotency-Key` was used with another request during the last 24 hours.",
  },
  request_timeout: {
    status: 408,
    type: "invalid_request_error",
    meaning: "The request did not arrive as a whole in time.",
  },
  no_replica_available: {
    status: 503,
    type: "unavailable_error",
    meaning: "No replica could be reached.",
    retryable: true,
  },
  stream_interrupted: {
    status: 503,
    type: "unavailable_error",
    meaning:
      "The answer broke off, or another replica took the request over. Whether it was stored is unknown; a repeat with the same key finds out.",
    retryable: true,
  },
  upstream_failed: { status: 502, type: "server_error", meaning: "Every upstream failed.", retryable: true },
  upstream_timeout: { status: 504, type: "server_error", meaning: "The model was too slow.", retryable: true },
  upstream_busy: {
    status: 429,
    type: "rate_limit_error",
    meaning: "Every upstream has too much to do; not to be repeated before the time that `Retry-After` names.",
    retryable: true,
  },
  upstream_misconfigured: {
    status: 502,
    type: "server_error",
    meaning: "Every upstream refuses its key, base URL or model name, so that no repeat helps. The message names them.",
  },
  database_unavailable: {
    status: 503,
    type: "unavailable_error",
    meaning: "No writable database with the newest epoch can be reached.",
    retryable: true,
  },
  commit_unknown: {
    status: 503,
    type: "unavailable_error",
    meaning: "Whether the turn was stored is unknown; a repeat with the same key finds out.",
    retryable: true,
  },
  draining: { status: 503, type: "unavailable_error", meaning: "This replica is stopping.", retryable: true },
  overloaded: {
    status: 503,
    type: "unavailable_error",
    meaning: "Too busy for now; not to be repeated before the time that `Retry-After` names.",
    retryable: true,
  },
  internal_error: {
    status: 500,
    type: "server_error",
    meaning: "A bug. The answer's `x-request-id` finds its line in the logs.",
  },
} as const satisfies Readonly<Record<string, ClientErrorEntry>>

export type ClientErrorCode = keyof typeof clientErrors

/** Those whose answers have this status. */
export type ClientErrorCodeOf<Status extends number> = {
  [Code in ClientErrorCode]: (typeof clientErrors)[Code]["status"] extends Status ? Code : never
}[ClientErrorCode]

export const retryableCodes: ReadonlySet<ClientErrorCode> = new Set(
  (Object.keys(clientErrors) as ClientErrorCode[]).filter(code => "retryable" in clientErrors[code]),
)

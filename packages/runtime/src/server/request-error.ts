import type { ClientError, ClientErrorCode, ClientErrorType } from "../contract/index.ts"

/** An answer that is an error: what the client is told, and with which status. */
export class RequestError extends Error {
  override readonly name = "RequestError"
  readonly status: number
  readonly client: ClientError
  /** Seconds, for the header `Retry-After`. */
  readonly retryAfter: number | undefined

  constructor(status: number, client: ClientError, options: RequestErrorOptions = {}) {
    super(client.message, options)
    this.retryAfter = options.retryAfter ?? (status === 503 ? 1 : undefined)
    this.status = status
    this.client = client
  }
}

export interface RequestErrorOptions extends ErrorOptions {
  readonly retryAfter?: number
}

export function badRequest(code: ClientErrorCode, message: string, param: string | null = null): RequestError {
  return new RequestError(400, { message, type: "invalid_request_error", param, code })
}

export function notFound(code: ClientErrorCode, message: string, param: string | null = null): RequestError {
  return new RequestError(404, { message, type: "not_found_error", param, code })
}

export function unavailable(code: ClientErrorCode, message: string, cause?: unknown): RequestError {
  return failure(503, "unavailable_error", code, message, cause)
}

export function failure(
  status: number,
  type: ClientErrorType,
  code: ClientErrorCode,
  message: string,
  cause?: unknown,
): RequestError {
  return new RequestError(status, { message, type, param: null, code }, { cause })
}

import { type ClientError, type ClientErrorCode, type ClientErrorCodeOf, clientErrors } from "../contract/index.ts"

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
  /** Seconds. */
  readonly retryAfter?: number
}

/** An error of the catalog, which knows its status and type. */
export function refusal(
  code: ClientErrorCode,
  message: string,
  { param = null, ...options }: RequestErrorOptions & { readonly param?: string | null } = {},
): RequestError {
  const { status, type } = clientErrors[code]
  return new RequestError(status, { message, type, param, code }, options)
}

export const badRequest = (code: ClientErrorCodeOf<400>, message: string, param: string | null = null): RequestError =>
  refusal(code, message, { param })

export const notFound = (code: ClientErrorCodeOf<404>, message: string, param: string | null = null): RequestError =>
  refusal(code, message, { param })

export const unavailable = (code: ClientErrorCodeOf<503>, message: string, cause?: unknown): RequestError =>
  refusal(code, message, { cause })

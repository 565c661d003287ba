/** What an upstream has against the request itself, in OpenAI's shape; for the caller, unchanged. */
export interface UpstreamRejection {
  /** 400, 413 or 422. */
  readonly status: number
  readonly error: {
    readonly message: string
    readonly type: string
    readonly param: string | null
    readonly code: string | null
  }
}

/** One upstream's part in a failure. */
export interface TriedUpstream {
  readonly upstream: string
  /** Status that it answered, if it did. */
  readonly status: number | undefined
}

export interface UpstreamErrorDetails {
  readonly upstream: string
  readonly status?: number | undefined
  readonly tried?: readonly TriedUpstream[]
  readonly retryable: boolean
  readonly retryAfter?: number | undefined
  readonly clientError?: UpstreamRejection
  readonly cause?: unknown
}

/** An upstream did not answer, or not as it should. Its message names the upstream and never a key. */
export class UpstreamError extends Error {
  override readonly name = "UpstreamError"
  readonly code: "upstream_failed" | "upstream_timeout" | "upstream_busy" | "upstream_misconfigured"
  /** Name of the upstream that was tried last. */
  readonly upstream: string
  /** Status that it answered, if it did. */
  readonly status: number | undefined
  /** All that were tried, in that order. */
  readonly tried: readonly TriedUpstream[]
  /** Whether the same request may succeed later. */
  readonly retryable: boolean
  /** Milliseconds after which the upstream asks to be tried again. */
  readonly retryAfter: number | undefined
  /** Set when the request itself was refused: answer the caller with this status and error. */
  readonly clientError: UpstreamRejection | undefined

  constructor(code: UpstreamError["code"], message: string, details: UpstreamErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.upstream = details.upstream
    this.status = details.status
    this.tried = details.tried ?? [{ upstream: details.upstream, status: details.status }]
    this.retryable = details.retryable
    this.retryAfter = details.retryAfter
    this.clientError = details.clientError
  }
}

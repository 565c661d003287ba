// @ts-check

/**
 * Why a request brought no answer.
 *
 * - `connection`: nothing came, or what came broke off
 * - `refused`: an HTTP status instead of an answer; `retryAfter` in milliseconds
 * - `broken`: the stream said itself that it failed
 *
 * @typedef {{ readonly kind: "connection" }
 *   | { readonly kind: "refused", readonly status: number, readonly code: string | null, readonly message: string, readonly retryAfter: number | null }
 *   | { readonly kind: "broken", readonly code: string | null, readonly message: string, readonly retryable: boolean }} Failure
 */

export class RequestFailed extends Error {
  /** @param {Failure} failure */
  constructor(failure) {
    super(failure.kind === "connection" ? "The connection was lost." : failure.message)
    this.failure = failure
  }
}

/**
 * @param {unknown} error what `fetch`, reading its body or this page threw
 * @returns {Failure}
 */
export function failureOf(error) {
  if (error instanceof RequestFailed) return error.failure
  // Browsers report every network error as a TypeError or as an aborted read.
  if (error instanceof TypeError || error instanceof DOMException) return { kind: "connection" }
  return { kind: "broken", code: null, message: "The server sent something that is no answer.", retryable: false }
}

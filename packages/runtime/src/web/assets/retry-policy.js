// @ts-check

/** @import { Failure } from "./request-failed.js" */

/**
 * What to do after a failed try.
 *
 * - `repeat`: ask again with the same `Idempotency-Key` after `delay` milliseconds
 * - `sign-in`: the key no longer counts
 * - `give-up`: tell the person; `again` says whether a further try could succeed
 *
 * @typedef {{ readonly kind: "repeat", readonly delay: number }
 *   | { readonly kind: "sign-in" }
 *   | { readonly kind: "give-up", readonly failure: Failure, readonly again: boolean }} NextStep
 */

/** Codes that may be sent again with the same key; a test holds them equal to the runtime's contract. */
export const retryableCodes = new Set([
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

/** Tries for one question. With the delays below the last one comes after about 25 s: time for a region to take over. */
export const tries = 8
const firstDelay = 400
const longestDelay = 8_000
/** A server may ask for more patience than we would have, up to this. */
const longestRetryAfter = 30_000

/**
 * @param {Failure} failure
 * @param {number} attempt number of the try that failed, from 1
 * @param {number} random in [0, 1)
 * @returns {NextStep}
 */
export function nextStep(failure, attempt, random) {
  if (failure.kind === "refused" && failure.status === 401) return { kind: "sign-in" }
  if (!isRetryable(failure)) return { kind: "give-up", failure, again: isServersFault(failure) }
  if (attempt >= tries) return { kind: "give-up", failure, again: true }
  return { kind: "repeat", delay: delayBefore(failure, attempt, random) }
}

/** @param {Failure} failure */
function isRetryable(failure) {
  switch (failure.kind) {
    case "connection":
      return true
    case "broken":
      return failure.retryable || (failure.code !== null && retryableCodes.has(failure.code))
    case "refused":
      if (failure.status === 429) return true
      if (failure.status < 500) return false
      // A proxy in between says 502 to 504 without a code of ours.
      return failure.code === null ? failure.status !== 500 : retryableCodes.has(failure.code)
  }
}

/** @param {Failure} failure */
function isServersFault(failure) {
  return failure.kind !== "refused" || failure.status >= 500 || failure.status === 408
}

/**
 * Doubling, with half of it random so that pages cut off together do not come back together.
 *
 * @param {Failure} failure
 * @param {number} attempt
 * @param {number} random
 */
function delayBefore(failure, attempt, random) {
  const full = Math.min(longestDelay, firstDelay * 2 ** (attempt - 1))
  const own = Math.round(full / 2 + (full / 2) * random)
  const asked = failure.kind === "refused" ? (failure.retryAfter ?? 0) : 0
  return Math.max(own, Math.min(asked, longestRetryAfter))
}

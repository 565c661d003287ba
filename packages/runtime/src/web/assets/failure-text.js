// @ts-check

/** @import { Failure } from "./request-failed.js" */

/**
 * Says to a person what happened, without the words of the trade where there are others.
 *
 * @param {Failure} failure
 */
export function failureText(failure) {
  if (failure.kind === "connection") return "The server could not be reached."
  switch (failure.code) {
    case "body_too_large":
      return "The message is too long."
    case "no_replica_available":
    case "database_unavailable":
    case "draining":
    case "overloaded":
      return "The service is not available right now."
    case "stream_interrupted":
    case "commit_unknown":
      return "The answer broke off, several times."
    case "upstream_failed":
    case "upstream_timeout":
    case "upstream_busy":
    case "upstream_misconfigured":
      return "The language model does not answer right now."
  }
  if (failure.kind === "refused" && failure.status === 429) return "Too many questions at once. Wait a moment."
  return failure.message
}

import { type ClientErrorCode, clientErrors } from "../../contract/index.ts"
import type { AttemptFailure } from "../../http/answer-listener.ts"
import type { Addressee } from "../client/addressee.ts"
import { type Origin, ownFields } from "../own-answer.ts"
import type { ErrorAnswer } from "../wire/error-answer.ts"

/**
 * What a client is told when no attempt brought an answer. `failure`: the last one; undefined: nobody to ask.
 * `origin`: the backend that was asked last, or the gateway.
 */
export function failureAnswer(failure: AttemptFailure | undefined, to: Addressee, origin: Origin): ErrorAnswer {
  const fields = ownFields(to, origin)
  if (failure?.kind === "timeout") {
    const { status, type } = clientErrors.upstream_timeout
    return { status, type, code: "upstream_timeout", message: "The replica did not begin its answer in time.", fields }
  }
  const { status, type } = clientErrors.no_replica_available
  return {
    status,
    type,
    code: "no_replica_available",
    message: "No replica could be reached. Send the request again.",
    fields: [...fields, "retry-after", "1"],
  }
}

/** The last event of a stream that broke off. */
export function interruptedEvent(): string {
  const code: ClientErrorCode = "stream_interrupted"
  const message = "The answer broke off and is incomplete. Send the request again."
  const data = JSON.stringify({ type: "error", code, message, param: null, retryable: true })
  return `event: error\ndata: ${data}\n\n`
}

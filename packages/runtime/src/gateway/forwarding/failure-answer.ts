import { type ClientErrorCode, header } from "../../contract/index.ts"
import type { Backend } from "../backend.ts"
import type { AttemptFailure } from "../upstream/answer-listener.ts"
import type { ErrorAnswer } from "../wire/error-answer.ts"

/** What a client is told when no attempt brought an answer. `failure`: the last one; undefined: nobody to ask. */
export function failureAnswer(
  failure: AttemptFailure | undefined,
  requestId: string,
  backend: Backend | undefined,
): ErrorAnswer {
  const fields = [header.requestId, requestId]
  if (backend !== undefined) fields.push(header.region, backend.region, header.release, backend.release)
  if (failure?.kind === "timeout") {
    const message = "The replica did not begin its answer in time."
    return { status: 504, type: "unavailable_error", code: "upstream_timeout", message, fields }
  }
  return {
    status: 503,
    type: "unavailable_error",
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

import pg from "pg"
import { TurnRefused } from "../conversation/answer-turn.ts"
import { KeyReused } from "../conversation/once-per-key.ts"
import { CommitUnknown, DatabaseBusy, DatabaseUnavailable } from "../database/index.ts"
import { UpstreamError } from "../model/index.ts"
import { ResponseCancelled } from "./client-signal.ts"
import { badRequest, notFound, RequestError, refusal, unavailable } from "./request-error.ts"

/** Every error that a request can end with, as the client is told it. What is not foreseen becomes a 500 without details. */
export function translateError(error: unknown): RequestError {
  if (error instanceof RequestError) return error
  if (error instanceof ResponseCancelled) return refusal("response_cancelled", error.message)
  if (error instanceof TurnRefused) return translateRefusal(error)
  if (error instanceof KeyReused) {
    return refusal("idempotency_key_reused", error.message, { param: "Idempotency-Key" })
  }
  if (error instanceof UpstreamError) return translateUpstreamError(error)
  if (error instanceof CommitUnknown) {
    const message = "Whether the turn was stored is unknown; repeat the request with the same Idempotency-Key."
    return unavailable("commit_unknown", message, error)
  }
  if (error instanceof DatabaseBusy || isOverload(error)) {
    return unavailable("overloaded", "The database is too busy; try again.", error)
  }
  if (error instanceof DatabaseUnavailable) {
    return unavailable("database_unavailable", "No writable database can be reached; try again.", error)
  }
  if (isFrameworkError(error)) return translateFrameworkError(error)
  return refusal("internal_error", "The server failed; the request id helps to find out why.", { cause: error })
}

function translateRefusal({ reason }: TurnRefused): RequestError {
  if (reason === "conversation_gone") {
    return notFound("conversation_not_found", "There is no such conversation.", "conversation")
  }
  if (reason === "claim_lost") {
    return unavailable(
      "stream_interrupted",
      "Another replica has taken this request over; repeat it to get its answer.",
    )
  }
  const param = reason === "previous_turn_gone" ? "previous_response_id" : "id"
  return notFound("response_not_found", "There is no such response.", param)
}

function translateUpstreamError(error: UpstreamError): RequestError {
  if (error.clientError !== undefined) {
    const { status, error: refusal } = error.clientError
    // The upstream's own code is passed on as it is, although the catalog does not list it.
    const client = { ...refusal, type: "invalid_request_error", code: refusal.code } as RequestError["client"]
    return new RequestError(status, client, { cause: error })
  }
  switch (error.code) {
    case "upstream_timeout":
      return refusal("upstream_timeout", "The model did not answer in time.", { cause: error })
    case "upstream_busy": {
      const message = "The model has too much to do; try again later."
      const retryAfter = Math.max(1, Math.ceil((error.retryAfter ?? 0) / 1_000))
      return refusal("upstream_busy", message, { cause: error, retryAfter })
    }
    case "upstream_misconfigured": {
      // Upstreams' own words may repeat a key.
      const answers = error.tried.map(({ upstream, status }) => `Upstream '${upstream}' answered ${status}.`)
      const message = `${answers.join(" ")} The chatbot's operator has to check its API key, base URL and model.`
      return refusal("upstream_misconfigured", message, { cause: error })
    }
    case "upstream_failed":
      return refusal("upstream_failed", "The model could not be reached or failed.", { cause: error })
  }
}

/** Statement timeouts, lock timeouts, deadlocks, serialization failures, too many connections. */
const isOverload = (error: unknown): boolean =>
  error instanceof pg.DatabaseError && ["57014", "55P03", "40P01", "40001", "53300"].includes(error.code ?? "")

interface FrameworkError extends Error {
  readonly code: string
  readonly statusCode: number
}

function isFrameworkError(error: unknown): error is FrameworkError {
  return error instanceof Error && "statusCode" in error && "code" in error && String(error.code).startsWith("FST_")
}

function translateFrameworkError(error: FrameworkError): RequestError {
  if (error.code === "FST_ERR_CTP_BODY_TOO_LARGE") {
    return refusal("body_too_large", "The request body is too large.", { cause: error })
  }
  if (error.code === "FST_ERR_CTP_INVALID_MEDIA_TYPE") {
    const client = {
      message: "The body must be application/json.",
      type: "invalid_request_error",
      param: null,
      code: null,
    } as const
    return new RequestError(415, client, { cause: error })
  }
  if (error.statusCode < 500) return badRequest("invalid_value", error.message)
  return refusal("internal_error", "The server failed.", { cause: error })
}

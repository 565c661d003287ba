import { BadAnswerError } from "./completion-reader.ts"
import { type ErrorBody, readErrorBody } from "./error-body.ts"
import type { Exchange } from "./exchange.ts"
import { ExchangeError } from "./exchange-error.ts"
import { EventTooLargeError } from "./sse-parser.ts"
import type { UpstreamConnection } from "./upstream-connection.ts"
import { UpstreamError } from "./upstream-error.ts"
import { judgeStatus, readRetryAfter } from "./verdict.ts"

/** Label of the metric on requests to upstreams. */
export type Outcome =
  | "ok"
  | "cancelled"
  | "unreachable"
  | "timeout"
  | "broken"
  | "bad_answer"
  | "rejected"
  | "unauthorized"
  | "forbidden"
  | "not_found"
  | "misconfigured"
  | "busy"
  | "server_error"

export interface Failure {
  readonly error: UpstreamError
  readonly outcome: Outcome
}

/** Puts what went wrong in an exchange in the project's words; undefined for what is not the upstream's doing. */
export function explainFailure(upstream: UpstreamConnection, thrown: unknown): Failure | undefined {
  const name = upstream.name
  if (thrown instanceof ExchangeError) {
    const code = thrown.reason === "timeout" ? "upstream_timeout" : "upstream_failed"
    const details = { upstream: name, retryable: true, cause: thrown }
    return {
      error: new UpstreamError(code, `Upstream ${name} ${thrown.message}.`, details),
      outcome: thrown.reason,
    }
  }
  if (thrown instanceof BadAnswerError || thrown instanceof EventTooLargeError) {
    const what = thrown instanceof BadAnswerError ? thrown.message : "sent an event that is too large"
    const details = { upstream: name, retryable: true, cause: thrown }
    return { error: new UpstreamError("upstream_failed", `Upstream ${name} ${what}.`, details), outcome: "bad_answer" }
  }
  return undefined
}

/** Reads the body of an answer whose status is no success, at most 64 KiB of it, and says what it means. */
export async function explainStatus(upstream: UpstreamConnection, exchange: Exchange): Promise<Failure> {
  const { status } = exchange
  const { error, summary: said } = await readBody(exchange)
  const summary = upstream.redact(said)
  const details = { upstream: upstream.name, status }
  switch (judgeStatus(status)) {
    case "reject": {
      const clientError = { status, error: { ...error, message: upstream.redact(error.message) } }
      const message = `Upstream ${upstream.name} refused the request with ${status} (${summary}).`
      return {
        error: new UpstreamError("upstream_failed", message, { ...details, retryable: false, clientError }),
        outcome: "rejected",
      }
    }
    case "misconfigured": {
      const { outcome, advice } = settingsFaults[status] ?? noSuchServer
      const message = `Upstream ${upstream.name} answered ${status} (${summary}): ${advice}`
      return { error: new UpstreamError("upstream_misconfigured", message, { ...details, retryable: false }), outcome }
    }
    case "try-next": {
      const message = `Upstream ${upstream.name} answered ${status} (${summary}).`
      const code = status === 429 ? "upstream_busy" : "upstream_failed"
      const retryAfter = readRetryAfter(exchange.header("retry-after"))
      return {
        error: new UpstreamError(code, message, { ...details, retryable: true, retryAfter }),
        outcome: status >= 500 ? "server_error" : "busy",
      }
    }
  }
}

interface SettingsFault {
  readonly outcome: Outcome
  readonly advice: string
}

const settingsFaults: Readonly<Record<number, SettingsFault>> = {
  401: { outcome: "unauthorized", advice: "its API key is missing or wrong." },
  403: { outcome: "forbidden", advice: "its API key may not use the model." },
  404: { outcome: "not_found", advice: "its base URL is wrong, or it does not know the model." },
}
const noSuchServer: SettingsFault = {
  outcome: "misconfigured",
  advice: "it does not answer as an OpenAI-compatible server does.",
}

async function readBody(exchange: Exchange): Promise<ErrorBody> {
  const parts: Buffer[] = []
  let length = 0
  try {
    for (let batch = await exchange.next(); batch !== undefined; batch = await exchange.next()) {
      exchange.progress()
      for (const part of batch) {
        parts.push(part)
        length += part.length
      }
      if (length > 65_536) break
    }
    return readErrorBody(JSON.parse(Buffer.concat(parts).toString("utf8")))
  } catch (thrown) {
    // Status and headers say enough; only the caller's own abort is not the upstream's doing.
    if (thrown instanceof ExchangeError || thrown instanceof SyntaxError) return readErrorBody({})
    throw thrown
  } finally {
    exchange.cancel()
  }
}

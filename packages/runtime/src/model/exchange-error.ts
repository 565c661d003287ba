import type { AttemptFailure } from "../http/answer-listener.ts"

/** Why an exchange ended badly, in terms of HTTP; `explainFailure` turns it into an `UpstreamError`. */
export class ExchangeError extends Error {
  override readonly name = "ExchangeError"
  readonly reason: "unreachable" | "timeout" | "broken"
  /** The connection had served others before and was closed by the other side before it could serve this one. */
  readonly stale: boolean

  constructor(reason: ExchangeError["reason"], message: string, stale = false) {
    super(message)
    this.reason = reason
    this.stale = stale
  }
}

/** `connect` is the deadline, in milliseconds. */
export function failedAttempt({ kind, message, stale }: AttemptFailure, connect: number): ExchangeError {
  switch (kind) {
    case "refused":
      return new ExchangeError("unreachable", `cannot be reached (${message})`)
    case "connect-timeout":
      return new ExchangeError("timeout", `did not accept a connection within ${connect} ms`)
    case "malformed":
      return new ExchangeError("broken", "sent something that is not HTTP/1.1")
    default:
      return new ExchangeError("broken", `broke the connection off (${message})`, stale)
  }
}

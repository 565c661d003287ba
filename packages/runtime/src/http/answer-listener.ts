import type { ResponseHead } from "./response-head.ts"

/** Why a request has no (whole) answer. */
export interface AttemptFailure {
  readonly kind: "refused" | "connect-timeout" | "reset" | "malformed" | "timeout" | "abandoned"
  readonly message: string
  /** A connection that had been used before was already dead: says nothing about the server's health. */
  readonly stale: boolean
  /** The server may have seen the request. */
  readonly sent: boolean
}

/** Who waits for one answer. The calls come in this order: head, data…, end; `failed` may take the place of any. */
export interface AnswerListener {
  /** The connection is open and has the request. */
  requestSent?(): void
  answerHead(head: ResponseHead): void
  /** Content without its transfer coding. The bytes are not reused: they may be kept. */
  answerData(content: Buffer): void
  answerEnd(): void
  answerFailed(failure: AttemptFailure): void
  /** Everything that one read brought has been handed over. */
  answerPause(): void
}

import type { CommitPosition, DrillEvent } from "@chatops/stacks/drill"

/** What one attempt came to. */
export type AnswerEnd = AnswerAcknowledged | AnswerFailed

export interface AnswerAcknowledged {
  readonly kind: "acknowledged"
  /** Id of the response. */
  readonly response: string
  /** Id of its message. */
  readonly message: string
  readonly region: string
  readonly position: CommitPosition | undefined
}

export interface AnswerFailed {
  readonly kind: "failed"
  readonly how: Extract<DrillEvent, { event: "failed" }>["how"]
  readonly status?: number | undefined
  readonly code?: string | undefined
  /** Number of the last event that arrived. */
  readonly lastEvent?: number | undefined
  /** Id of the response, where it was told before the answer broke. */
  readonly response?: string | undefined
  /** Milliseconds that the server asks to wait. */
  readonly retryAfter?: number | undefined
  /** What an error event says of itself. */
  readonly retryable?: boolean | undefined
}

import { catalog, type ErrorCode } from "./catalog.ts"

export interface ErrorContext {
  /** Replaces the catalog's hint where the place knows better. */
  readonly hint?: string
  /** Structured facts for `--json`: file, line, port, pid … Never a secret. */
  readonly details?: Readonly<Record<string, unknown>>
  readonly cause?: unknown
}

/** An error that a user can act on. Foreign errors become one at the seam where they enter. */
export class ChatopsError extends Error {
  readonly code: ErrorCode
  readonly hint: string
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: ErrorCode, message: string, context: ErrorContext = {}) {
    super(message, { cause: context.cause })
    this.name = "ChatopsError"
    this.code = code
    this.hint = context.hint ?? catalog[code].hint
    this.details = context.details ?? {}
  }

  get exitCode(): number {
    return catalog[this.code].exit
  }
}

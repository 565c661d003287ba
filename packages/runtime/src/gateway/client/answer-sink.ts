import type { Backend } from "../backend.ts"

/** Where an answer goes: a client's connection. */
export interface AnswerSink {
  /** Writes the pieces in one go. False: wait for `drained` before more. */
  write(pieces: readonly Buffer[]): boolean
  /** The answer is complete; the connection reads its next request or, unless `keepAlive`, ends. */
  finish(keepAlive: boolean): void
  /** Cuts the connection, so that the client sees that the answer is not whole. */
  truncate(): void
}

/** Who produces the answer. */
export interface AnswerSource {
  drained(): void
  /** The client has closed or lost its connection. */
  clientGone(): void
  /** Nothing more is to be expected from a backend. */
  backendLost(backend: Backend, reason: string): void
  /** Called every now and then to look at deadlines; `now` in milliseconds. */
  sweep(now: number): void
  /** The gateway stops waiting: end what can be ended honestly. */
  interrupt(): void
}

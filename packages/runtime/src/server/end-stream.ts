import type { FastifyRequest } from "fastify"
import { ClientGone } from "./client-signal.ts"
import type { EventStream } from "./event-stream.ts"
import { noteError } from "./lifecycle.ts"
import type { RequestError } from "./request-error.ts"
import type { Services } from "./services.ts"
import { translateError } from "./translate-error.ts"

/**
 * Ends a stream that failed: with a typed event once its first byte is out, else by throwing the error on, to be
 * answered like any other. `before` makes events to send ahead of it.
 */
export function endStream(
  error: unknown,
  stream: EventStream,
  { log }: Pick<Services, "log">,
  request: FastifyRequest,
  before?: (error: RequestError) => string,
): void {
  if (!stream.opened) throw error
  if (error instanceof ClientGone) {
    request.errorCode = "client_gone"
    stream.end()
    return
  }
  const answer = noteError(translateError(error), request, log)
  stream.fail(answer, before?.(answer))
}

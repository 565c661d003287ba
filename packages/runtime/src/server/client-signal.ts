import type { FastifyReply, FastifyRequest } from "fastify"

/** The client closed its connection before it had its answer. */
export class ClientGone extends Error {
  override readonly name = "ClientGone"
}

/** A client said that it does not want the response any more. */
export class ResponseCancelled extends Error {
  override readonly name = "ResponseCancelled"
}

/** Aborts with `ClientGone` when the client goes away. */
export function clientSignal(reply: FastifyReply): AbortSignal {
  const controller = new AbortController()
  reply.raw.once("close", () => {
    if (!reply.raw.writableFinished) controller.abort(new ClientGone("The client closed its connection."))
  })
  return controller.signal
}

/** An answer in one piece may be long in the making, without a byte meanwhile: that is no reason to hang up. */
export function allowSilence(request: FastifyRequest): void {
  request.raw.setTimeout(0)
}

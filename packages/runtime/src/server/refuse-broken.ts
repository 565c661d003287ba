import { STATUS_CODES } from "node:http"
import type { Socket } from "node:net"
import type { FastifyReply, FastifyRequest } from "fastify"
import { clientErrors } from "../contract/index.ts"
import { observe, stamps, unknownRoute } from "./lifecycle.ts"
import { badRequest } from "./request-error.ts"
import { newRequestId } from "./request-id.ts"
import type { Services } from "./services.ts"

// What never gets to a route, and so not to its hooks either.

type Needs = Pick<Services, "log" | "metrics" | "origin">

/** Answers requests whose address Fastify cannot read. */
export function refuseBrokenAddress(services: Needs) {
  return (_error: unknown, asked: unknown, answer: unknown): void => {
    // Typed for routes with schemas, of which there are none here.
    const [request, reply] = [asked as FastifyRequest, answer as FastifyReply]
    observe(request, reply, services)
    const { status, client } = badRequest("invalid_value", "The address is not valid.", "url")
    request.errorCode = client.code ?? undefined
    reply.headers(stamps(services.origin, request.id)).code(status).send({ error: client })
  }
}

/** Answers what is no HTTP, or does not arrive in time. */
export function refuseBrokenRequest({ log, metrics, origin }: Needs) {
  return (error: Error & { code?: string }, socket: Socket): void => {
    if (error.code === "ECONNRESET" || socket.destroyed || !socket.writable) {
      socket.destroy()
      return
    }
    const timedOut = error.code === "ERR_HTTP_REQUEST_TIMEOUT"
    const status = timedOut ? clientErrors.request_timeout.status : error.code === "HPE_HEADER_OVERFLOW" ? 431 : 400
    const message = timedOut ? "The request did not arrive in time." : "The request is not valid HTTP."
    const code = timedOut ? "request_timeout" : null
    const body = JSON.stringify({ error: { message, type: "invalid_request_error", param: null, code } })
    const requestId = newRequestId({ headers: {} })
    const headers = {
      connection: "close",
      "content-type": "application/json",
      "content-length": Buffer.byteLength(body),
      ...stamps(origin, requestId),
    }
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join("")}\r\n${body}`)
    metrics.request(unknownRoute, status, 0, undefined)
    log.info({ requestId, route: unknownRoute, status, code: code ?? error.code }, "request")
  }
}

import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify"
import { header } from "../contract/index.ts"
import { ClientGone } from "./client-signal.ts"
import { notFound, type RequestError, unavailable } from "./request-error.ts"
import type { Services } from "./services.ts"
import { translateError } from "./translate-error.ts"

/** Every answer names the request, and the release, region and replica that made it. */
export function stampAnswers(app: FastifyInstance, { origin }: Pick<Services, "origin">): void {
  app.addHook("onRequest", async (request, reply) => {
    reply.headers(stamps(origin, request.id))
  })
}

export const stamps = (origin: Services["origin"], requestId: string) => ({
  [header.release]: origin.release,
  [header.region]: origin.region,
  [header.replica]: origin.replica,
  [header.requestId]: requestId,
})

/** Counts and logs each request once it is over. */
export function observeRequests(app: FastifyInstance, services: Pick<Services, "log" | "metrics">): void {
  app.decorateRequest("arrivedAt", 0)
  app.decorateRequest("answeredAt", undefined)
  app.decorateRequest("errorCode", undefined)
  app.decorateRequest("subject", undefined)
  app.decorateRequest("keyHolder", undefined)
  app.addHook("onRequest", async (request, reply) => observe(request, reply, services))
  app.addHook("onSend", async request => {
    request.answeredAt ??= performance.now()
  })
}

/** From its arrival on, which is now. */
export function observe(
  request: FastifyRequest,
  reply: FastifyReply,
  { log, metrics }: Pick<Services, "log" | "metrics">,
): void {
  request.arrivedAt = performance.now()
  // Not `onResponse`: a client that goes away does not trigger that one.
  reply.raw.once("close", () => {
    const route = request.routeOptions?.url ?? unknownRoute
    const status = reply.raw.writableFinished ? reply.raw.statusCode : clientGoneStatus
    const milliseconds = performance.now() - request.arrivedAt
    const firstByte = request.answeredAt === undefined ? undefined : (request.answeredAt - request.arrivedAt) / 1_000
    metrics.request(route, status, milliseconds / 1_000, firstByte)
    if (isProbe(route)) return
    const line = {
      requestId: request.id,
      method: request.method,
      route,
      status,
      milliseconds: Math.round(milliseconds),
      tenant: request.keyHolder?.tenant,
      subject: request.subject,
      code: request.errorCode ?? (status === clientGoneStatus ? "client_gone" : undefined),
    }
    log.info(line, "request")
  })
}

/** In metrics and logs only. */
export const unknownRoute = "unknown"

/** In metrics and logs only, as nginx has it: the client did not wait for its answer. */
const clientGoneStatus = 499

/** Turns whatever was thrown into an error that OpenAI's clients understand. */
export function answerErrors(app: FastifyInstance, { log }: Pick<Services, "log">): void {
  app.setErrorHandler((error, request, reply) => {
    if (error instanceof ClientGone) {
      request.errorCode = "client_gone"
      reply.raw.destroy()
      return reply.hijack()
    }
    const answer = noteError(translateError(error), request, log)
    if (answer.retryAfter !== undefined) reply.header("retry-after", String(answer.retryAfter))
    return reply.code(answer.status).send({ error: answer.client })
  })
  app.setNotFoundHandler(request => {
    throw notFound("route_not_found", `There is no ${request.method} ${request.url.split("?")[0]}.`)
  })
}

/** Remembers the error for the request's log line, and logs the cause of those that are not the client's fault. */
export function noteError(error: RequestError, request: FastifyRequest, log: Services["log"]): RequestError {
  request.errorCode = error.client.code ?? error.client.type
  if (error.status >= 500)
    log.warn({ requestId: request.id, err: causeOf(error), code: error.client.code }, "request failed")
  return error
}

/**
 * New requests on connections that are still open are sent elsewhere; those under way go on, and what only this replica
 * has is still to be had.
 */
export function refuseWhileDraining(app: FastifyInstance, { readiness }: Pick<Services, "readiness">): void {
  app.addHook("onRequest", async (request, reply) => {
    if (!readiness.draining) return
    reply.header("connection", "close")
    if (request.routeOptions.config.whileDraining?.(request)) return
    throw unavailable("draining", "This replica is stopping; try again.")
  })
}

const isProbe = (route: string): boolean => route === "/livez" || route === "/readyz" || route === "/metrics"

/** PostgreSQL's and upstreams' errors may quote what was written, so only their names, codes and own words are kept. */
function causeOf(error: RequestError) {
  const cause = error.cause instanceof Error ? error.cause : error
  const code = "code" in cause ? String(cause.code) : undefined
  const message = error.client.code === "internal_error" ? undefined : cause.message
  // A message may have several lines, which the stack repeats.
  const places = cause.stack?.split("\n").filter(line => line.startsWith("    at "))
  return { name: cause.name, code, message, stack: places?.slice(0, 5).join("\n") }
}

import "./request-context.ts"
import { STATUS_CODES } from "node:http"
import type { Socket } from "node:net"
import { type FastifyInstance, type FastifyReply, fastify } from "fastify"
import { authenticate } from "./authentication.ts"
import { parseJsonBodies } from "./json-body.ts"
import { answerErrors, observeRequests, refuseWhileDraining, stampAnswers } from "./lifecycle.ts"
import { badRequest } from "./request-error.ts"
import { newRequestId } from "./request-id.ts"
import { chatCompletions } from "./routes/chat-completions.ts"
import { chatSession } from "./routes/chat-session.ts"
import { conversationItems } from "./routes/conversation-items.ts"
import { conversations } from "./routes/conversations.ts"
import { health } from "./routes/health.ts"
import { models } from "./routes/models.ts"
import { page } from "./routes/page.ts"
import { responses } from "./routes/responses.ts"
import type { Services } from "./services.ts"

/** Builds the replica's HTTP application; `listen.ts` serves it, tests inject requests. */
export function createApp(services: Services, patience: Patience = defaultPatience): FastifyInstance {
  const { connectionTimeout, requestTimeout, headersTimeout, keepAliveTimeout, check } = patience
  const app = fastify({
    bodyLimit: services.limits.bodyLimit,
    connectionTimeout,
    requestTimeout,
    keepAliveTimeout,
    http: { headersTimeout, requestTimeout, connectionsCheckingInterval: check },
    genReqId: newRequestId,
    frameworkErrors: refuseBrokenAddress,
    clientErrorHandler: refuseBrokenRequest,
    forceCloseConnections: false,
    return503OnClosing: false,
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: 512 },
  })
  stampAnswers(app, services)
  observeRequests(app, services)
  answerErrors(app, services)
  parseJsonBodies(app)
  // Hooks hold for all routes of their scope, also for those added before: probes need one of their own.
  app.register(async probes => health(probes, services))
  app.register(async open => {
    refuseWhileDraining(open, services)
    chatSession(open, services)
    page(open, services)
  })
  app.register(async api => {
    refuseWhileDraining(api, services)
    authenticate(api, services)
    models(api, services)
    chatCompletions(api, services)
    responses(api, services)
    conversations(api, services)
    conversationItems(api, services)
  })
  return app
}

/** How long clients may take, in milliseconds. */
export interface Patience {
  /** For a request to come in as a whole. */
  readonly requestTimeout: number
  /** For its head, and for a new connection to say anything. */
  readonly headersTimeout: number
  /** Without a byte either way; above every pause that a stream has, which is the heartbeat. */
  readonly connectionTimeout: number
  /** Longer than gateways keep idle connections, so that they do not send into a closing one. */
  readonly keepAliveTimeout: number
  /** Between two looks at who is late. */
  readonly check: number
}

const defaultPatience: Patience = {
  requestTimeout: 30_000,
  headersTimeout: 15_000,
  connectionTimeout: 120_000,
  keepAliveTimeout: 75_000,
  check: 5_000,
}

function refuseBrokenAddress(_error: unknown, _request: unknown, reply: unknown): void {
  const { status, client } = badRequest("invalid_value", "The address is not valid.", "url")
  // Typed for routes with schemas, of which there are none here.
  ;(reply as FastifyReply).code(status).send({ error: client })
}

function refuseBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === "ECONNRESET" || socket.destroyed || !socket.writable) {
    socket.destroy()
    return
  }
  const timedOut = error.code === "ERR_HTTP_REQUEST_TIMEOUT"
  const status = timedOut ? 408 : error.code === "HPE_HEADER_OVERFLOW" ? 431 : 400
  const message = timedOut ? "The request did not arrive in time." : "The request is not valid HTTP."
  const client = { message, type: "invalid_request_error", param: null, code: timedOut ? "request_timeout" : null }
  const body = JSON.stringify({ error: client })
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\ncontent-type: application/json`
  socket.end(`${head}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
}

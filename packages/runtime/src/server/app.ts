import "./request-context.ts"
import { type FastifyInstance, fastify } from "fastify"
import { authenticate } from "./authentication.ts"
import { parseJsonBodies } from "./json-body.ts"
import { answerErrors, observeRequests, refuseWhileDraining, stampAnswers } from "./lifecycle.ts"
import { refuseBrokenAddress, refuseBrokenRequest } from "./refuse-broken.ts"
import { newRequestId } from "./request-id.ts"
import { chatCompletions } from "./routes/chat-completions.ts"
import { chatSession } from "./routes/chat-session.ts"
import { conversationItems } from "./routes/conversation-items.ts"
import { conversations } from "./routes/conversations.ts"
import { health } from "./routes/health.ts"
import { models } from "./routes/models.ts"
import { page } from "./routes/page.ts"
import { responses } from "./routes/responses.ts"
import { refuseOtherEndpoints } from "./routes/unsupported.ts"
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
    frameworkErrors: refuseBrokenAddress(services),
    clientErrorHandler: refuseBrokenRequest(services),
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
    refuseOtherEndpoints(api)
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
  // A whole answer may be long in coming, and nothing is sent before it: no shorter than the gateway waits.
  connectionTimeout: 900_000,
  keepAliveTimeout: 75_000,
  check: 5_000,
}

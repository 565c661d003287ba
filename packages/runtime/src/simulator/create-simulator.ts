import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import * as z from "zod"
import { SimulatorBehaviour } from "../contract/index.ts"
import { complete } from "./completion.ts"
import { CompletionRequest } from "./completion-request.ts"
import { createPacer } from "./pacer.ts"
import { RequestError, readJSON } from "./read-json.ts"
import { requestBehaviour } from "./request-behaviour.ts"

/**
 * An OpenAI-compatible server without a model, for development, tests and rehearsals. It asks for no key and keeps
 * nothing of what it is sent. `PUT /simulator/behaviour` replaces its behaviour; absent keys take their defaults.
 */
export function createSimulator(initial: z.input<typeof SimulatorBehaviour> = {}): Server {
  const pacer = createPacer()
  let behaviour = SimulatorBehaviour.parse(initial)
  let sequence = 0
  /** Grows by the error rate; a request that carries it over a whole number fails, so that the share is exact. */
  let errorShare = 0

  async function completions(request: IncomingMessage, response: ServerResponse) {
    const own = requestBehaviour(request.headers, behaviour)
    const body = CompletionRequest.parse(await readJSON(request))
    sequence += 1
    errorShare += own.errorRate
    const fails = errorShare >= 1
    if (fails) errorShare -= 1
    const status = own.error ?? (fails ? 500 : undefined)
    if (status !== undefined) throw new RequestError(status, "This failure was asked for.", "simulated_error")
    complete(response, body, own, pacer, sequence)
  }

  const routes: Readonly<Record<string, (request: IncomingMessage, response: ServerResponse) => Promise<void>>> = {
    "POST /v1/chat/completions": completions,
    "GET /v1/models": async (_request, response) =>
      sendJSON(response, 200, {
        object: "list",
        data: [{ id: "simulator", object: "model", created: 0, owned_by: "chatops" }],
      }),
    "GET /livez": async (_request, response) => sendJSON(response, 200, { status: "ok" }),
    "GET /simulator/behaviour": async (_request, response) => sendJSON(response, 200, behaviour),
    "PUT /simulator/behaviour": async (request, response) => {
      behaviour = SimulatorBehaviour.parse(await readJSON(request))
      sendJSON(response, 200, behaviour)
    },
  }

  return createServer({ keepAliveTimeout: 65_000, noDelay: true }, (request, response) => {
    const route = routes[`${request.method} ${request.url?.split("?", 1)[0]}`]
    if (route === undefined) {
      sendError(response, new RequestError(404, `There is no ${request.method} ${request.url} here.`, null))
      return
    }
    route(request, response).catch(thrown => sendError(response, thrown))
  })
}

function sendJSON(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body))
}

function sendError(response: ServerResponse, thrown: unknown): void {
  if (response.headersSent || response.destroyed) return
  const error = thrown instanceof z.ZodError ? explainInvalid(thrown) : thrown
  const { status, message, code, param } =
    error instanceof RequestError ? error : new RequestError(500, "The simulator failed.", null)
  const type = status >= 500 ? "server_error" : "invalid_request_error"
  sendJSON(response, status, { error: { message, type, param, code } })
}

function explainInvalid(error: z.ZodError): RequestError {
  const issue = error.issues[0]
  const param = issue?.path.join(".") ?? ""
  return new RequestError(400, `${param}: ${issue?.message ?? "invalid"}`, "invalid_value", param)
}

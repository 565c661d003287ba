import type { FastifyInstance, FastifyRequest } from "fastify"
import { answerTurn } from "../../conversation/answer-turn.ts"
import { pageOf } from "../../conversation/page.ts"
import { newResponseId } from "../../conversation/response-id.ts"
import type { Turn, TurnRequest } from "../../conversation/turn.ts"
import { holderOf } from "../authentication.ts"
import { clientSignal } from "../client-signal.ts"
import { keyUse } from "../key-use.ts"
import { listObject, parsePageRequest, unknownCursor } from "../list-page.ts"
import { notFound } from "../request-error.ts"
import { parseResponseRequest, type ResponseRequest } from "../requests/response-request.ts"
import { parseRetrieval } from "../requests/retrieval.ts"
import { pathId } from "../requests/text-parameters.ts"
import { isForwarded } from "../responses/ask-makers.ts"
import { cancelResponse } from "../responses/cancel-response.ts"
import { responseObject } from "../responses/response-object.ts"
import { resumeStream } from "../responses/resume-stream.ts"
import { sendAnswer } from "../responses/send-answer.ts"
import { streamAnswer } from "../responses/stream-answer.ts"
import type { Services } from "../services.ts"
import { checkModel } from "./models.ts"

/** Chats with memory: a stored response is a *turn*, durable before its final event or JSON is sent. */
export function responses(app: FastifyInstance, services: Services): void {
  app.post("/v1/responses", async (request, reply) => {
    const asked = parseResponseRequest(request.body)
    checkModel(services, asked.model ?? services.chat.model)
    const use = keyUse(request)
    const turn = turnRequest(services, request, asked)
    const begin = (signal: AbortSignal) => answerTurn(services, turn, use, signal)
    if (asked.stream) await streamAnswer(services, request, reply, begin)
    else await sendAnswer(services, request, reply, () => begin(clientSignal(reply)))
    return reply
  })

  app.get<ById>("/v1/responses/:id", { config: { whileDraining: isForwarded } }, async (request, reply) => {
    const { stream, after } = parseRetrieval(request.query)
    if (!stream) return responseObject(await findTurn(services, request))
    await resumeStream(services, request, reply, pathId(request.params.id, responseNotFound), after)
    return reply
  })

  app.post<ById>("/v1/responses/:id/cancel", { config: { whileDraining: isForwarded } }, async (request, reply) => {
    await cancelResponse(services, request, reply, pathId(request.params.id, responseNotFound))
    return reply
  })

  app.delete<ById>("/v1/responses/:id", async request => {
    const id = pathId(request.params.id, responseNotFound)
    const deleted = await services.turns.delete(holderOf(request).tenant, id)
    if (!deleted) throw responseNotFound(id)
    return { id, object: "response", deleted: true }
  })

  app.get<ById>("/v1/responses/:id/input_items", async request => {
    const page = pageOf((await findTurn(services, request)).input, parsePageRequest(request.query))
    if (page === undefined) throw unknownCursor()
    return listObject(page)
  })
}

interface ById {
  Params: { id: string }
}

function turnRequest({ chat, peers }: Services, request: FastifyRequest, asked: ResponseRequest): TurnRequest {
  const { instructions, input, previousTurn, conversation, parameters, metadata, endUser, store } = asked
  const id = newResponseId(peers.place)
  request.subject = id
  return {
    id,
    tenant: holderOf(request).tenant,
    endUser,
    createdAt: Math.floor(Date.now() / 1_000),
    model: chat.model,
    instructions,
    input,
    previousTurn,
    conversation,
    parameters,
    metadata,
    store,
  }
}

async function findTurn(services: Services, request: FastifyRequest<ById>): Promise<Turn> {
  const id = pathId(request.params.id, responseNotFound)
  const turn = await services.turns.find(holderOf(request).tenant, id)
  if (turn === undefined) throw responseNotFound(id)
  return turn
}

const responseNotFound = (id: string) => notFound("response_not_found", `There is no response '${id}'.`, "id")

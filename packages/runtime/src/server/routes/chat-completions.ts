import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify"
import type { ForwardedAnswer } from "../../model/index.ts"
import { allowSilence, clientSignal } from "../client-signal.ts"
import { endStream } from "../end-stream.ts"
import { createEventStream } from "../event-stream.ts"
import { forwardedBody, parseCompletionRequest } from "../requests/completion-request.ts"
import type { Services } from "../services.ts"
import { checkModel } from "./models.ts"

type Needs = Pick<Services, "app" | "chat" | "limits" | "log" | "metrics" | "model">

/** Stateless: nothing is stored, and the upstream's bytes go to the client as they are. */
export function chatCompletions(app: FastifyInstance, services: Needs): void {
  app.post("/v1/chat/completions", async (request, reply) => {
    const body = parseCompletionRequest(request.body)
    checkModel(services, body.model)
    const signal = clientSignal(reply)
    const forwarded = forwardedBody(services.chat, body)
    if (body.stream === true) return await forwardStream(services, request, reply, forwarded, signal)
    allowSilence(request)
    const answer = await services.model.forward(forwarded, signal)
    const bytes = await wholeBody(answer)
    services.metrics.tokens(await answer.usage)
    return reply.code(answer.status).type(answer.contentType).send(bytes)
  })
}

async function wholeBody(answer: ForwardedAnswer): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of answer.body) chunks.push(chunk)
  return Buffer.concat(chunks)
}

async function forwardStream(
  services: Needs,
  request: FastifyRequest,
  reply: FastifyReply,
  body: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
): Promise<void> {
  using stream = createEventStream(reply, {
    heartbeat: services.limits.heartbeat,
    onOpen: () => {
      request.answeredAt = performance.now()
    },
  })
  const streamEnded = services.metrics.streamStarted()
  try {
    const answer = await services.model.forward(body, signal)
    for await (const events of answer.body) await stream.write(events)
    stream.end()
    services.metrics.tokens(await answer.usage)
  } catch (error) {
    endStream(error, stream, services, request)
  } finally {
    streamEnded()
  }
}

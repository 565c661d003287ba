import type { FastifyReply, FastifyRequest } from "fastify"
import type { Answer, LiveAnswer } from "../../conversation/answer-turn.ts"
import { endStream } from "../end-stream.ts"
import { createEventStream, type EventStream } from "../event-stream.ts"
import type { Services } from "../services.ts"
import { countFailure, countTurn } from "./count-turn.ts"
import { createEventEncoder, type EventEncoder, encodeStoredTurn } from "./event-encoder.ts"

type Needs = Pick<Services, "limits" | "log" | "metrics">

/**
 * Answers with events. Nothing is written before an upstream answers (or a heartbeat is due), so that until then a
 * failure is an ordinary error, which the gateway may try elsewhere.
 */
export async function streamAnswer(
  services: Needs,
  request: FastifyRequest,
  reply: FastifyReply,
  begin: () => Promise<Answer>,
): Promise<void> {
  using stream = createEventStream(reply, {
    heartbeat: services.limits.heartbeat,
    onOpen: () => {
      request.answeredAt = performance.now()
    },
  })
  const streamEnded = services.metrics.streamStarted()
  try {
    const begun = await begin()
    if (begun.kind === "live") await streamLive(services, request, stream, begun.answer)
    else {
      request.subject = begun.turn.id
      stream.end(encodeStoredTurn(begun.turn))
    }
  } catch (error) {
    endStream(error, stream, services, request)
  } finally {
    streamEnded()
  }
}

async function streamLive(
  services: Needs,
  request: FastifyRequest,
  stream: EventStream,
  answer: LiveAnswer,
): Promise<void> {
  const encoder = createEventEncoder(answer.request, answer.messageId)
  try {
    await writePieces(answer, encoder, stream)
    const turn = await answer.finish()
    countTurn(services, turn)
    stream.end(encoder.finish(turn))
  } catch (error) {
    answer.abandon()
    countFailure(services, error)
    const failed = ({ client }: { client: { code: string | null; message: string } }) =>
      encoder.fail(client.code ?? "server_error", client.message)
    endStream(error, stream, services, request, failed)
  }
}

async function writePieces(answer: LiveAnswer, encoder: EventEncoder, stream: EventStream): Promise<void> {
  let started = false
  for await (const pieces of answer.read()) {
    let events = started ? "" : encoder.start()
    started = true
    for (const piece of pieces) events += encoder.delta(piece)
    const full = stream.write(events)
    if (full !== undefined) await full
  }
}

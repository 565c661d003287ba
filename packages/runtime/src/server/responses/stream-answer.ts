import type { FastifyReply, FastifyRequest } from "fastify"
import type { Answer, LiveAnswer } from "../../conversation/answer-turn.ts"
import { ClientGone, ResponseCancelled } from "../client-signal.ts"
import { endStream } from "../end-stream.ts"
import type { EventStream } from "../event-stream.ts"
import { noteError } from "../lifecycle.ts"
import type { Services } from "../services.ts"
import { translateError } from "../translate-error.ts"
import { countFailure, countTurn } from "./count-turn.ts"
import { encodeStoredTurn } from "./event-encoder.ts"
import { LiveResponse } from "./live-response.ts"
import { openCountedStream } from "./open-counted-stream.ts"

type Needs = Pick<Services, "limits" | "log" | "metrics" | "liveResponses" | "work">

/**
 * Answers with events. Nothing is written before an upstream answers (or a heartbeat is due), so that until then a
 * failure is an ordinary error, which the gateway may try elsewhere. `begin`'s signal gives the answer up.
 */
export async function streamAnswer(
  services: Needs,
  request: FastifyRequest,
  reply: FastifyReply,
  begin: (signal: AbortSignal) => Promise<Answer>,
): Promise<void> {
  using stream = openCountedStream(services, request, reply)
  const making = new AbortController()
  let leave = () => making.abort(new ClientGone("The client closed its connection."))
  reply.raw.once("close", () => {
    if (!reply.raw.writableFinished) leave()
  })
  try {
    const begun = await begin(making.signal)
    if (begun.kind === "repeat") {
      request.subject = begun.turn.id
      stream.end(encodeStoredTurn(begun.turn))
      return
    }
    const live = liveResponse(services, begun.answer, making)
    leave = live.begin(stream)
    await make(services, request, stream, begun.answer, live)
  } catch (error) {
    endStream(error, stream, services, request)
  }
}

function liveResponse({ limits, log, metrics }: Needs, answer: LiveAnswer, making: AbortController): LiveResponse {
  return new LiveResponse(answer, {
    // What is not kept cannot be taken up either.
    grace: answer.request.store ? limits.resumeGrace : 0,
    onAlone(why) {
      if (why === "client") metrics.stream("detached")
      const message = why === "client" ? "goes on without its client" : "goes on for a repeat"
      log.info({ subject: answer.request.id }, message)
    },
    onGivenUp: reason => making.abort(reason),
  })
}

/** Makes the response to its end, whoever reads it. */
async function make(
  services: Needs,
  request: FastifyRequest,
  stream: EventStream,
  answer: LiveAnswer,
  live: LiveResponse,
): Promise<void> {
  const { id, store } = answer.request
  const done = services.work.begin()
  if (store) services.liveResponses.add(id, live)
  try {
    for await (const pieces of answer.read()) live.add(pieces)
    live.complete()
    const finished = await answer.finish()
    countTurn(services, finished.turn)
    live.finish(finished)
  } catch (error) {
    answer.abandon()
    countFailure(services, error)
    if (error instanceof ClientGone || error instanceof ResponseCancelled) services.metrics.stream("cancelled")
    if (error instanceof ClientGone || !stream.opened) throw error
    live.fail(noteError(translateError(error), request, services.log))
  } finally {
    services.liveResponses.remove(id)
    done()
  }
}

import type { FastifyReply, FastifyRequest } from "fastify"
import { createEventStream, type EventStream } from "../event-stream.ts"
import type { Services } from "../services.ts"

/** A stream of a response; how it ends is counted. */
export function openCountedStream(
  { limits, metrics }: Pick<Services, "limits" | "metrics">,
  request: FastifyRequest,
  reply: FastifyReply,
): EventStream {
  const stream = createEventStream(reply, {
    heartbeat: limits.heartbeat,
    onOpen: () => {
      request.answeredAt = performance.now()
    },
  })
  const ended = metrics.streamStarted()
  reply.raw.once("close", () => {
    ended()
    // One that was never opened is an ordinary answer.
    if (!stream.opened) return
    metrics.stream((reply.raw.writableFinished ? stream.ending : undefined) ?? "lost")
  })
  return stream
}

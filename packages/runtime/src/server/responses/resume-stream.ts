import type { FastifyReply, FastifyRequest } from "fastify"
import type { Turn } from "../../conversation/turn.ts"
import { holderOf } from "../authentication.ts"
import type { Services } from "../services.ts"
import { askMakers, missing } from "./ask-makers.ts"
import { encoderOfStored } from "./event-encoder.ts"
import type { LiveResponse } from "./live-response.ts"
import { openCountedStream } from "./open-counted-stream.ts"
import { StreamReader } from "./stream-reader.ts"

type Needs = Pick<Services, "limits" | "liveResponses" | "metrics" | "peers" | "turns">

/**
 * Goes on with a stream after its event of number `after`, or repeats all of it. While the response is being made its
 * replica has it, and is asked first, for that needs no database; once it is stored any replica does.
 */
export async function resumeStream(
  services: Needs,
  request: FastifyRequest,
  reply: FastifyReply,
  id: string,
  after: number | undefined,
): Promise<void> {
  request.subject = id
  const { tenant } = holderOf(request)
  const live = services.liveResponses.find(tenant, id)
  if (live !== undefined) return await follow(services, request, reply, live, after)
  const answered = await askMakers(services.peers, request, reply, id)
  if (answered === "passed on") return
  // The end of a stream acknowledges the turn.
  const turn = await services.turns.findConfirmed(tenant, id)
  if (turn !== undefined) return replay(services, request, reply, turn, after)
  services.metrics.stream("resume_refused")
  throw missing(services.peers, id, answered)
}

/** Settles when it has been read to its end, or its reader is gone. */
async function follow(
  services: Needs,
  request: FastifyRequest,
  reply: FastifyReply,
  live: LiveResponse,
  after: number | undefined,
): Promise<void> {
  services.metrics.stream("resumed")
  const closed = new Promise<void>(resolve => reply.raw.once("close", resolve))
  const stream = openCountedStream(services, request, reply)
  const leave = live.join(stream, placeAfter(after))
  await closed
  leave()
}

function replay(
  services: Needs,
  request: FastifyRequest,
  reply: FastifyReply,
  turn: Turn,
  after: number | undefined,
): void {
  services.metrics.stream("resumed")
  const { encoder, text } = encoderOfStored(turn)
  const events = (last: number) => encoder.finish(turn, last)
  const source = { encoder, text, ending: { kind: "finished", events } } as const
  new StreamReader(openCountedStream(services, request, reply), source, placeAfter(after)).join()
}

/** The official client's helper asks for everything, and leaves out by itself what it has. */
const placeAfter = (after: number | undefined) => ({ after, again: after === undefined })

import type { FastifyReply, FastifyRequest } from "fastify"
import { header } from "../../contract/index.ts"
import type { Turn } from "../../conversation/turn.ts"
import { holderOf } from "../authentication.ts"
import { clientSignal } from "../client-signal.ts"
import { askPeer, passOn } from "../peers/ask-peer.ts"
import { notFound, refusal } from "../request-error.ts"
import type { Services } from "../services.ts"
import { encoderOfStored } from "./event-encoder.ts"
import type { LiveResponse } from "./live-response.ts"
import { missingStream } from "./missing-stream.ts"
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
  const answered = isForwarded(request) ? "nobody" : await askMakers(services, request, reply, id)
  if (answered === "passed on") return
  // The end of a stream acknowledges the turn.
  const turn = await services.turns.findConfirmed(tenant, id)
  if (turn !== undefined) return replay(services, request, reply, turn, after)
  services.metrics.stream("resume_refused")
  throw refused(services, id, answered === "denied")
}

export const isForwarded = (request: FastifyRequest): boolean => request.headers[header.forwardedBy] !== undefined

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

/** `denied`: who may be making it says that it is not. `nobody`: none could be asked. */
async function askMakers(
  { peers }: Needs,
  request: FastifyRequest,
  reply: FastifyReply,
  id: string,
): Promise<"passed on" | "denied" | "nobody"> {
  const signal = clientSignal(reply)
  const makers = peers.makersOf(id)
  let denials = 0
  for (const maker of makers) {
    const answer = await askPeer(maker, request, peers.name, signal)
    if (answer === undefined) continue
    if (answer.statusCode !== 404) {
      await passOn(answer, request, reply)
      return "passed on"
    }
    answer.resume()
    denials += 1
  }
  return denials > 0 && denials === makers.length ? "denied" : "nobody"
}

function refused({ peers: { place, startedAt } }: Needs, id: string, denied: boolean) {
  const code = missingStream(id, { now: Date.now(), place, startedAt, denied })
  if (code === "response_not_found") return notFound(code, `There is no response '${id}'.`, "id")
  const message = `The replica that was making '${id}' cannot be reached, and it is not stored. Retrieve the whole response later, or repeat the request with its Idempotency-Key.`
  return refusal(code, message, { param: "id" })
}

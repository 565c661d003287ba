import type { FastifyReply, FastifyRequest } from "fastify"
import { header } from "../../contract/index.ts"
import { clientSignal } from "../client-signal.ts"
import { askPeer, passOn } from "../peers/ask-peer.ts"
import type { Peers } from "../peers/peers.ts"
import { notFound, type RequestError, refusal } from "../request-error.ts"
import { missingStream } from "./missing-stream.ts"

export const isForwarded = (request: FastifyRequest): boolean => request.headers[header.forwardedBy] !== undefined

/** `denied`: who may be making the response says that it is not. `nobody`: there was none to ask, or none answered. */
export type MakersAnswer = "passed on" | "denied" | "nobody"

/** Has a request about a response that is being made answered by the replica which makes it. */
export async function askMakers(
  peers: Peers,
  request: FastifyRequest,
  reply: FastifyReply,
  id: string,
): Promise<MakersAnswer> {
  if (isForwarded(request)) return "nobody"
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

/** Of a response that is neither being made here nor stored. */
export function missing({ place, startedAt }: Peers, id: string, answered: MakersAnswer): RequestError {
  const code = missingStream(id, { now: Date.now(), place, startedAt, denied: answered === "denied" })
  if (code === "response_not_found") return notFound(code, `There is no response '${id}'.`, "id")
  const message = `The replica that was making '${id}' cannot be reached, and it is not stored. Retrieve the whole response later, or repeat the request with its Idempotency-Key.`
  return refusal(code, message, { param: "id" })
}

import type { FastifyReply, FastifyRequest } from "fastify"
import { holderOf } from "../authentication.ts"
import { refusal } from "../request-error.ts"
import type { Services } from "../services.ts"
import { askMakers, missing } from "./ask-makers.ts"
import { responseCancelled } from "./response-object.ts"

type Needs = Pick<Services, "liveResponses" | "peers" | "turns">

/** Gives up a stored response while it is streamed: to hang up is not enough, for its client might come back. */
export async function cancelResponse(
  { liveResponses, peers, turns }: Needs,
  request: FastifyRequest,
  reply: FastifyReply,
  id: string,
): Promise<void> {
  request.subject = id
  const { tenant } = holderOf(request)
  const live = liveResponses.find(tenant, id)
  if (live?.cancel()) {
    await reply.send(responseCancelled(live.request))
    return
  }
  const answered = live === undefined ? await askMakers(peers, request, reply, id) : "nobody"
  if (answered === "passed on") return
  if (live !== undefined || (await turns.find(tenant, id)) !== undefined) {
    throw refusal("response_finished", `The response '${id}' is finished.`, { param: "id" })
  }
  throw missing(peers, id, answered)
}

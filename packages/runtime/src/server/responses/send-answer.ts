import type { FastifyReply, FastifyRequest } from "fastify"
import { formatCommitPosition, header } from "../../contract/index.ts"
import type { Answer } from "../../conversation/answer-turn.ts"
import { allowSilence } from "../client-signal.ts"
import type { Services } from "../services.ts"
import { countFailure, countTurn } from "./count-turn.ts"
import { responseObject } from "./response-object.ts"

/** Answers with the finished turn as JSON. */
export async function sendAnswer(
  services: Pick<Services, "metrics">,
  request: FastifyRequest,
  reply: FastifyReply,
  begin: () => Promise<Answer>,
): Promise<void> {
  allowSilence(request)
  const begun = await begin()
  if (begun.kind === "repeat") {
    request.subject = begun.turn.id
    await reply.send(responseObject(begun.turn))
    return
  }
  const { answer } = begun
  try {
    for await (const _ of answer.read());
    const { turn, position } = await answer.finish()
    countTurn(services, turn)
    if (position !== undefined) reply.header(header.commit, formatCommitPosition(position))
    await reply.send(responseObject(turn))
  } catch (error) {
    answer.abandon()
    countFailure(services, error)
    throw error
  }
}

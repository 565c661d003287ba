import { header } from "../contract/index.ts"
import type { OutgoingRequest } from "./client/outgoing-request.ts"
import { encodeErrorAnswer } from "./wire/error-answer.ts"

/** The answer to a request for something that replicas only tell their own side. */
export const notForwarded = (request: OutgoingRequest): Buffer =>
  encodeErrorAnswer(
    {
      status: 404,
      type: "not_found_error",
      code: "route_not_found",
      message: "There is nothing here.",
      fields: [header.requestId, request.requestId],
    },
    { close: !request.keepAlive, bodyless: request.method === "HEAD" },
  )

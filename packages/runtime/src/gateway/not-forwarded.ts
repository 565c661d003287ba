import { clientErrors, path } from "../contract/index.ts"
import type { OutgoingRequest } from "./client/outgoing-request.ts"
import { type Origin, ownFields } from "./own-answer.ts"
import { encodeErrorAnswer } from "./wire/error-answer.ts"
import { couldReach } from "./wire/request-target.ts"

/** Whether a request is for something that replicas only tell their own side: metrics, and why one is not ready. */
export const staysInside = (target: string): boolean =>
  couldReach(target, path.metrics) || couldReach(target, path.ready)

/** The answer to such a request. */
export const notForwarded = (request: OutgoingRequest, origin: Origin): Buffer =>
  encodeErrorAnswer(
    {
      status: clientErrors.route_not_found.status,
      type: clientErrors.route_not_found.type,
      code: "route_not_found",
      message: "There is nothing here.",
      fields: ownFields(request, origin),
    },
    { close: !request.keepAlive, bodyless: request.method === "HEAD" },
  )

import { randomUUID } from "node:crypto"
import { type Origin, ownFields } from "../own-answer.ts"
import { encodeErrorAnswer } from "../wire/error-answer.ts"
import type { RequestHead } from "../wire/request-head.ts"
import { refusedAddressee } from "./addressee.ts"
import { fault, type RequestFault } from "./request-reader.ts"

/** There is no memory for another body. */
export const overloaded = fault(503, "overloaded", "Too many requests at the moment. Send the request again.")

/** The request took longer than its time. */
export const tooSlow = fault(408, "request_timeout", "The request took too long to arrive.")

/** The answer to a request that is not taken, after which the connection ends. `head`: undefined when unreadable. */
export function refusal(why: RequestFault, head: RequestHead | undefined, origin: Origin): Buffer {
  const { status, code, reason: message } = why
  const own = ownFields(refusedAddressee(head, randomUUID), origin)
  const busy = why === overloaded
  const fields = busy ? [...own, "retry-after", "1"] : own
  const type = busy ? "unavailable_error" : "invalid_request_error"
  return encodeErrorAnswer({ status, type, code, message, fields }, { close: true })
}

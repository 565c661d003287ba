import { randomUUID } from "node:crypto"
import type { IncomingMessage } from "node:http"
import { header, requestIdPattern } from "../contract/index.ts"

/** The client's own request id when it is well formed, else a new one. */
export function newRequestId(request: Pick<IncomingMessage, "headers">): string {
  const own = request.headers[header.requestId]
  return typeof own === "string" && requestIdPattern.test(own) ? own : `req_${randomUUID().replaceAll("-", "")}`
}

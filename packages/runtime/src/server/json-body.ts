import { isUtf8 } from "node:buffer"
import type { FastifyInstance, FastifyRequest } from "fastify"
import { badRequest } from "./request-error.ts"

/** Reads JSON bodies, and says what is wrong with others. An empty body is none. */
export function parseJsonBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.decorateRequest("rawBody", undefined)
  app.addContentTypeParser("application/json", { parseAs: "buffer" }, async (request: FastifyRequest, body: Buffer) => {
    request.rawBody = body
    if (body.length === 0) return undefined
    if (!isUtf8(body)) throw badRequest("invalid_encoding", "The body is not valid UTF-8.")
    try {
      return JSON.parse(body.toString("utf8")) as unknown
    } catch {
      throw badRequest("invalid_json", "The body is not valid JSON.")
    }
  })
}

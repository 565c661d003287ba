import type { FastifyInstance } from "fastify"
import { badRequest } from "../request-error.ts"

/**
 * Whatever else OpenAI's dialects have is a 400 that says so, and says what there is. They own all of `/v1/`, and grow:
 * a list of their endpoints would always be behind. To be called before the routes of the same scope.
 */
export function refuseOtherEndpoints(app: FastifyInstance): void {
  const offered: string[] = []
  app.addHook("onRoute", ({ method, url }) => {
    if (url !== everything) offered.push(`${method} ${url.replaceAll(/:(\w+)/g, "{$1}")}`)
  })
  app.route({
    method: ["GET", "POST", "PUT", "PATCH", "DELETE"],
    url: everything,
    // Before the body is read, which may be anything: an upload, a sound.
    onRequest: async request => {
      const asked = `${request.method} ${request.url.split("?")[0]}`
      throw badRequest("unsupported_endpoint", `'${asked}' is not supported here. Supported: ${offered.join(", ")}.`)
    },
    handler: () => {},
  })
}

const everything = "/v1/*"

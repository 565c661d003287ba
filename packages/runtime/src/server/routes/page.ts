import type { FastifyInstance } from "fastify"
import type { Services } from "../services.ts"

/** Serves the chat page's files. */
export function page(app: FastifyInstance, { pageFiles }: Pick<Services, "pageFiles">): void {
  for (const [url, file] of pageFiles ?? []) {
    app.get(url, async (request, reply) => {
      reply.headers(file.headers)
      const seen = request.headers["if-none-match"]?.split(/\s*,\s*/)
      const etag = file.headers["etag"]
      if (etag !== undefined && seen?.includes(etag)) return reply.code(304).send()
      return reply.type(file.contentType).send(file.body)
    })
  }
}

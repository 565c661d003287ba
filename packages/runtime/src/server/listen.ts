import type { FastifyInstance } from "fastify"
import type { Endpoint } from "../contract/index.ts"
import type { Services } from "./services.ts"
import { FatalError } from "./supervision.ts"

export interface Served {
  /**
   * Refuses new requests at once and lets answers finish, for at most that many milliseconds; then closes. True when
   * all could finish.
   */
  drain(milliseconds: number): Promise<boolean>
}

/** Serves the application. Throws `FatalError` `PORT_TAKEN`. */
export async function listen(
  app: FastifyInstance,
  { host, port }: Endpoint,
  { readiness, work }: Pick<Services, "readiness" | "work">,
): Promise<Served> {
  app.server.on("request", (_request, response) => response.once("close", work.begin()))
  try {
    await app.listen({ host, port })
  } catch (error) {
    throw new FatalError(codeOf(error), `Cannot listen on ${host}:${port}: ${(error as Error).message}`, {
      cause: error,
    })
  }
  return {
    async drain(milliseconds) {
      readiness.drain()
      app.server.closeIdleConnections()
      const finished = await work.ended(milliseconds)
      app.server.closeAllConnections()
      await app.close()
      return finished
    },
  }
}

function codeOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined
  return code === "EADDRINUSE" ? "PORT_TAKEN" : "LISTEN_FAILED"
}

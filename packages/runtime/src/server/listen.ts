import type { FastifyInstance } from "fastify"
import type { Endpoint } from "../contract/index.ts"
import type { Readiness } from "./readiness.ts"
import { FatalError } from "./supervision.ts"

export interface Served {
  /**
   * Refuses new requests at once and lets answers finish, for at most that many milliseconds; then closes. True when
   * all could finish.
   */
  drain(milliseconds: number): Promise<boolean>
}

/** Serves the application. Throws `FatalError` `PORT_TAKEN`. */
export async function listen(app: FastifyInstance, { host, port }: Endpoint, readiness: Readiness): Promise<Served> {
  const active = countActiveRequests(app)
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
      const finished = await active.ended(milliseconds)
      app.server.closeAllConnections()
      await app.close()
      return finished
    },
  }
}

function countActiveRequests(app: FastifyInstance) {
  let active = 0
  const waiting = new Set<() => void>()
  app.server.on("request", (_request, response) => {
    active += 1
    response.once("close", () => {
      active -= 1
      if (active === 0) for (const resolve of waiting) resolve()
    })
  })
  return {
    /** False when the time is over first. */
    ended: (milliseconds: number): Promise<boolean> =>
      new Promise(resolve => {
        if (active === 0) return resolve(true)
        const timer = setTimeout(() => resolve(false), milliseconds)
        waiting.add(() => {
          clearTimeout(timer)
          resolve(true)
        })
      }),
  }
}

function codeOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined
  return code === "EADDRINUSE" ? "PORT_TAKEN" : "LISTEN_FAILED"
}

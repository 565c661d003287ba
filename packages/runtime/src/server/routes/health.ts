import type { FastifyInstance } from "fastify"
import { path } from "../../contract/index.ts"
import type { Services } from "../services.ts"

/** For supervisors, gateways and Prometheus; also while draining. */
export function health(app: FastifyInstance, { readiness, metrics }: Pick<Services, "readiness" | "metrics">): void {
  app.get(path.live, async () => ({ status: "live" }))

  app.get(path.ready, async (_request, reply) => {
    const { ready, reasons } = readiness
    return reply.code(ready ? 200 : 503).send({ ready, reasons })
  })

  app.get(path.metrics, async (_request, reply) =>
    reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  )
}

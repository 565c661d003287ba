import type { FastifyInstance } from "fastify"
import { notFound } from "../request-error.ts"
import type { Services } from "../services.ts"

/** The one model that the app offers, under its own name and the app's. */
export function models(app: FastifyInstance, services: Pick<Services, "app" | "chat">): void {
  const created = Math.floor(Date.now() / 1_000)
  const model = (id: string) => ({ id, object: "model", created, owned_by: services.app })

  app.get("/v1/models", async () => ({ object: "list", data: [model(services.chat.model)] }))

  app.get<{ Params: { model: string } }>("/v1/models/:model", async request => {
    checkModel(services, request.params.model)
    return model(request.params.model)
  })
}

/** Throws a 404 unless the name is the configured model's or the app's. */
export function checkModel(services: Pick<Services, "app" | "chat">, name: string): void {
  if (name === services.chat.model || name === services.app) return
  const message = `The model '${name}' does not exist; this chatbot offers '${services.chat.model}'.`
  throw notFound("model_not_found", message, "model")
}

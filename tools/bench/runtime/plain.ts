import { once } from "node:events"
import OpenAI from "openai"
import { completedEvent, deltaEvent, type Fastify, streamHeaders } from "./routes.ts"

type Body = OpenAI.ChatCompletionCreateParamsStreaming

/** What one writes with fastify and the official client. */
export function plainInFront(app: Fastify, baseURL: string): void {
  const openai = new OpenAI({ baseURL, apiKey: "none" })

  app.post("/v1/chat/completions", async (request, reply) => {
    reply.hijack()
    const stream = await openai.chat.completions.create(request.body as Body)
    reply.raw.once("close", () => stream.controller.abort())
    reply.raw.writeHead(200, streamHeaders)
    for await (const chunk of stream) {
      if (!reply.raw.write(`data: ${JSON.stringify(chunk)}\n\n`)) await once(reply.raw, "drain")
    }
    reply.raw.end("data: [DONE]\n\n")
  })

  app.post("/v1/responses", async (request, reply) => {
    reply.hijack()
    const stream = await openai.chat.completions.create(request.body as Body)
    reply.raw.once("close", () => stream.controller.abort())
    reply.raw.writeHead(200, streamHeaders)
    let sequence = 0
    for await (const chunk of stream) {
      const delta = chunk.choices[0]?.delta.content
      if (delta && !reply.raw.write(deltaEvent(delta, sequence++))) await once(reply.raw, "drain")
    }
    reply.raw.end(completedEvent)
  })
}

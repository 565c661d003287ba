import { once } from "node:events"
import type { Server, ServerResponse } from "node:http"
import { createRequire } from "node:module"
import OpenAI from "openai"
import { serve } from "./server.ts"

/** `plain.ts URL`: what one writes with fastify and the official client, in front of that upstream. Keeps nothing. */
const [baseURL] = process.argv.slice(2)
const openai = new OpenAI({ baseURL, apiKey: "none" })
// Only the runtime depends on fastify, and both sides are to use the same one.
const { fastify } = createRequire(new URL("../../../packages/runtime/package.json", import.meta.url))("fastify") as {
  fastify: () => Fastify
}
const app = fastify()
const streamHeaders = { "content-type": "text/event-stream", "cache-control": "no-cache" }

app.post<OpenAI.ChatCompletionCreateParamsStreaming>("/v1/chat/completions", async ({ body }, reply) => {
  reply.hijack()
  const stream = await openai.chat.completions.create(body)
  reply.raw.once("close", () => stream.controller.abort())
  reply.raw.writeHead(200, streamHeaders)
  for await (const chunk of stream) {
    if (!reply.raw.write(`data: ${JSON.stringify(chunk)}\n\n`)) await once(reply.raw, "drain")
  }
  reply.raw.end("data: [DONE]\n\n")
})

app.post<{ model: string; input: string }>("/v1/responses", async ({ body: { model, input } }, reply) => {
  reply.hijack()
  const messages = [{ role: "user" as const, content: input }]
  const stream = await openai.chat.completions.create({
    model,
    messages,
    stream: true,
    stream_options: { include_usage: true },
  })
  reply.raw.once("close", () => stream.controller.abort())
  reply.raw.writeHead(200, streamHeaders)
  let sequence = 0
  for await (const chunk of stream) {
    const delta = chunk.choices[0]?.delta.content
    if (delta && !reply.raw.write(deltaEvent(delta, sequence++))) await once(reply.raw, "drain")
  }
  reply.raw.end(`event: response.completed\ndata: {"type":"response.completed"}\n\n`)
})

await app.ready()
serve(app.server)

function deltaEvent(delta: string, sequence: number): string {
  const event = {
    type: "response.output_text.delta",
    sequence_number: sequence,
    item_id: "msg_0123456789abcdef",
    output_index: 0,
    content_index: 0,
    delta,
    logprobs: [],
  }
  return `event: response.output_text.delta\ndata: ${JSON.stringify(event)}\n\n`
}

/** As much of fastify as this uses. */
interface Fastify {
  readonly server: Server
  ready(): Promise<unknown>
  post<Body>(path: string, handler: (request: { body: Body }, reply: Reply) => Promise<void>): void
}

interface Reply {
  readonly raw: ServerResponse
  hijack(): void
}

import { once } from "node:events"
import type { ServerResponse } from "node:http"
import { createModel, type ModelRequest } from "../../../packages/runtime/src/model/index.ts"
import { completedEvent, type Fastify, streamHeaders } from "./routes.ts"

/** The runtime's model behind routes that write as the runtime's do. */
export function oursInFront(app: Fastify, baseURL: string): void {
  const model = createModel({
    model: "m",
    parameters: {},
    upstreams: [{ name: "simulator", baseURL }],
    deadlines: { connect: 3_000, firstToken: 60_000, betweenTokens: 30_000 },
  })

  app.post("/v1/chat/completions", async (request, reply) => {
    reply.hijack()
    const answer = await model.forward(request.body as Record<string, unknown>, abortedWith(reply.raw))
    reply.raw.writeHead(answer.status, { "content-type": answer.contentType })
    for await (const bytes of answer.body) if (!reply.raw.write(bytes)) await once(reply.raw, "drain")
    reply.raw.end()
  })

  app.post("/v1/responses", async (request, reply) => {
    reply.hijack()
    reply.raw.writeHead(200, streamHeaders)
    let sequence = 0
    for await (const batch of model.stream(request.body as ModelRequest, abortedWith(reply.raw))) {
      let text = ""
      for (const event of batch) {
        if (event.type === "delta")
          text += `${deltaHead}${JSON.stringify(event.text)},"sequence_number":${sequence++}}\n\n`
        else if (event.type === "finished") text += completedEvent
      }
      if (text !== "" && !reply.raw.write(text)) await once(reply.raw, "drain")
    }
    reply.raw.end()
  })
}

/** The runtime's encoder puts the frequent event together by hand, too. */
const deltaHead =
  'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","item_id":"msg_0123456789abcdef","output_index":0,"content_index":0,"logprobs":[],"delta":'

function abortedWith(response: ServerResponse): AbortSignal {
  const controller = new AbortController()
  response.once("close", () => controller.abort())
  return controller.signal
}

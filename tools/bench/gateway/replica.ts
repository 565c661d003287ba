import http from "node:http"
import { setTimeout as wait } from "node:timers/promises"

/** A stand-in replica: `/readyz`, a small JSON answer after `?delay=` milliseconds, or `?events=` events every `?gap=`. */
const answer = JSON.stringify({
  id: "resp_1",
  object: "response",
  status: "completed",
  output: [{ type: "message", content: [{ type: "output_text", text: "Hello there, how can I help you today?" }] }],
  usage: { input_tokens: 10, output_tokens: 9, total_tokens: 19 },
})
const event = `event: response.output_text.delta\ndata: ${JSON.stringify({
  type: "response.output_text.delta",
  sequence_number: 7,
  item_id: "msg_1",
  output_index: 0,
  content_index: 0,
  delta: " order",
})}\n\n`
const headers = { "x-chatops-region": "east", "x-chatops-release": "rel_000000000001" }

const server = http.createServer((request, response) => {
  request.resume()
  request.on("end", async () => {
    const query = new URL(request.url ?? "/", "http://replica").searchParams
    const events = Number(query.get("events") ?? 0)
    const delay = Number(query.get("delay") ?? 0)
    if (delay > 0) await wait(delay)
    if (events === 0) {
      const length = Buffer.byteLength(answer)
      response.writeHead(200, { "content-type": "application/json", "content-length": length, ...headers })
      response.end(answer)
      return
    }
    response.writeHead(200, { "content-type": "text/event-stream", ...headers })
    for (let sent = 0; sent < events; sent++) {
      response.write(event)
      await wait(Number(query.get("gap") ?? 1))
    }
    response.end(`event: response.completed\ndata: {"type":"response.completed"}\n\n`)
  })
})
server.keepAliveTimeout = 60_000
server.listen(0, "127.0.0.1", () => {
  const address = server.address()
  if (typeof address === "object") process.send?.({ type: "listening", port: address?.port })
})
process.on("disconnect", () => process.exit())

import type { Server, ServerResponse } from "node:http"

/** As much of fastify as the benchmark uses. */
export interface Fastify {
  readonly server: Server
  ready(): Promise<unknown>
  post(path: string, handler: (request: { body: unknown }, reply: Reply) => Promise<void>): void
}

export interface Reply {
  readonly raw: ServerResponse
  hijack(): void
}

/** The event that carries text on `/v1/responses`. */
export function deltaEvent(delta: string, sequence: number): string {
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

export const completedEvent = `event: response.completed\ndata: {"type":"response.completed"}\n\n`
export const streamHeaders = { "content-type": "text/event-stream", "cache-control": "no-cache" }

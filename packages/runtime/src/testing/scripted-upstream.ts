import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"

/** An OpenAI-compatible upstream that answers when the test says so, and remembers what it was asked. */
export interface ScriptedUpstream {
  readonly baseURL: string
  readonly calls: readonly UpstreamCall[]
  /** The next call that no test has taken yet, when it comes. */
  next(): Promise<UpstreamCall>
  /** From now on calls are answered by this, and `next` gets none. */
  answerWith(script: (call: UpstreamCall) => void): void
  close(): Promise<void>
}

export interface UpstreamCall {
  readonly body: { readonly messages: readonly { role: string; content: string }[]; readonly [name: string]: unknown }
  readonly number: number
  /** Settles when the caller hung up. */
  readonly hungUp: Promise<void>
  send(text: string): void
  finish(reason?: "stop" | "length" | "content_filter"): void
  /** Answers at once with the text, streamed or not. */
  answer(text: string): void
  refuse(status: number, error?: object): void
  /** Cuts the connection. */
  breakOff(): void
}

export async function startScriptedUpstream(): Promise<ScriptedUpstream> {
  const calls: UpstreamCall[] = []
  const untaken: UpstreamCall[] = []
  const waiting: ((call: UpstreamCall) => void)[] = []
  let script: ((call: UpstreamCall) => void) | undefined
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const call = upstreamCall(JSON.parse(Buffer.concat(chunks).toString()), calls.length + 1, request, response)
    calls.push(call)
    if (script !== undefined) script(call)
    else if (waiting.length > 0) waiting.shift()?.(call)
    else untaken.push(call)
  })
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve))
  return {
    baseURL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    calls,
    next: async () => untaken.shift() ?? (await new Promise<UpstreamCall>(resolve => waiting.push(resolve))),
    answerWith(next) {
      script = next
    },
    async close() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

function upstreamCall(
  body: UpstreamCall["body"],
  number: number,
  request: IncomingMessage,
  response: ServerResponse,
): UpstreamCall {
  const id = `chatcmpl-${number}`
  const usage = { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 }
  const event = (data: object) => {
    if (!response.headersSent) response.writeHead(200, { "content-type": "text/event-stream" })
    response.write(
      `data: ${JSON.stringify({ id, object: "chat.completion.chunk", created: 1, model: body["model"], ...data })}\n\n`,
    )
  }
  const send = (text: string) => event({ choices: [{ index: 0, delta: { content: text }, finish_reason: null }] })
  const finish = (reason = "stop") => {
    event({ choices: [{ index: 0, delta: {}, finish_reason: reason }] })
    event({ choices: [], usage })
    response.end("data: [DONE]\n\n")
  }
  return {
    body,
    number,
    hungUp: new Promise(resolve => response.once("close", () => !response.writableFinished && resolve())),
    send,
    finish,
    answer(text) {
      if (body["stream"] === true) {
        send(text)
        finish()
        return
      }
      const message = { role: "assistant", content: text }
      const choices = [{ index: 0, message, finish_reason: "stop" }]
      response.writeHead(200, { "content-type": "application/json" })
      response.end(JSON.stringify({ id, object: "chat.completion", created: 1, model: body["model"], choices, usage }))
    },
    refuse(status, error = { message: "no", type: "server_error", param: null, code: null }) {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify({ error }))
    },
    breakOff: () => request.socket.destroy(),
  }
}

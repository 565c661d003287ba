import { once } from "node:events"
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http"
import {
  type AddressInfo,
  createServer as createSocketServer,
  type Socket,
  type Server as SocketServer,
} from "node:net"

/** A server that stands in for an upstream and misbehaves as told. */
export interface StandIn extends AsyncDisposable {
  readonly baseURL: string
  readonly port: number
  /** Requests that arrived, with their bodies. */
  readonly received: { readonly request: IncomingMessage; readonly body: string }[]
  /** Settles when the connection of the nth request (from 0) was closed by the other side. */
  closed(index: number): Promise<void>
}

type Answer = (response: ServerResponse, request: IncomingMessage, body: string) => void

export async function standIn(answer: Answer): Promise<StandIn> {
  const received: { request: IncomingMessage; body: string }[] = []
  const closings: Promise<unknown>[] = []
  const listener: RequestListener = async (request, response) => {
    closings.push(new Promise(resolve => response.once("close", resolve)))
    let body = ""
    for await (const part of request.setEncoding("utf8")) body += part
    received.push({ request, body })
    answer(response, request, body)
  }
  const server = createServer(listener)
  const port = await listen(server)
  return {
    baseURL: `http://127.0.0.1:${port}/v1`,
    port,
    received,
    async closed(index) {
      await closings[index]
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

/** Answers with raw bytes, right or wrong. */
export async function rawStandIn(answer: (socket: Socket) => void): Promise<AsyncDisposable & { baseURL: string }> {
  const sockets = new Set<Socket>()
  const server = createSocketServer(socket => {
    sockets.add(socket)
    socket.on("error", () => {})
    socket.once("data", () => answer(socket))
  })
  const port = await listen(server)
  return {
    baseURL: `http://127.0.0.1:${port}/v1`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

/** A port that nobody listens on. */
export async function refusedURL(): Promise<string> {
  const server = createSocketServer()
  const port = await listen(server)
  await new Promise(resolve => server.close(resolve))
  return `http://127.0.0.1:${port}/v1`
}

/** One event of a streamed completion. */
export function chunk(delta: object, finish: string | null = null, more: object = {}): string {
  const choices = [{ index: 0, delta, finish_reason: finish }]
  return `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", choices, ...more })}\n\n`
}

export const usageChunk = `data: ${JSON.stringify({
  choices: [],
  usage: { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7, prompt_tokens_details: { cached_tokens: 3 } },
})}\n\n`

export const done = "data: [DONE]\n\n"

/** A whole answer of one delta. */
export const wholeStream = (text: string) => chunk({ content: text }) + chunk({}, "stop") + usageChunk + done

export function startStream(response: ServerResponse, text = ""): void {
  response.writeHead(200, { "content-type": "text/event-stream" })
  response.write(text)
}

export function sendJSON(response: ServerResponse, status: number, body: unknown, headers: object = {}): void {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body))
}

async function listen(server: Server | SocketServer): Promise<number> {
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  return (server.address() as AddressInfo).port
}

import { access } from "node:fs/promises"
import type { IncomingMessage } from "node:http"
import { text } from "node:stream/consumers"

export interface SocketRequest {
  readonly socket: string
  readonly method: "GET" | "PUT" | "POST"
  readonly path: string
  /** Sent as JSON. */
  readonly body?: unknown
  readonly signal: AbortSignal
}

/**
 * HTTP over a Unix socket with what Node brings: a client library would be most of what a short command loads.
 * Rejects when nobody answers.
 */
export async function requestOverSocket(request: SocketRequest): Promise<{ status: number; body: unknown }> {
  const response = await openOverSocket(request)
  return { status: response.statusCode ?? 0, body: JSON.parse(await text(response)) }
}

/** The same with the answer's body still to be read, for one that goes on. */
export async function openOverSocket(request: SocketRequest): Promise<IncomingMessage> {
  // Where nobody listens, loading the client is not worth its time.
  await access(request.socket)
  return send(request)
}

function send({ socket, method, path, body, signal }: SocketRequest): Promise<IncomingMessage> {
  // An `import` of it evaluates its lazy exports, a WebSocket client among them, and takes 30 ms more.
  const { request: httpRequest } = process.getBuiltinModule("node:http")
  return new Promise((resolve, reject) => {
    const payload = body === undefined ? undefined : JSON.stringify(body)
    const headers =
      payload === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(payload) }
    const request = httpRequest({ socketPath: socket, method, path, headers, signal, agent: false })
    request.once("error", reject)
    request.once("response", response => {
      // A body that breaks off is reported to whoever reads it.
      request.off("error", reject).on("error", () => undefined)
      resolve(response)
    })
    request.end(payload)
  })
}

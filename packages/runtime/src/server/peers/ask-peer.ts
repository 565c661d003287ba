import http, { type IncomingMessage } from "node:http"
import { pipeline } from "node:stream/promises"
import type { FastifyReply, FastifyRequest } from "fastify"
import { header } from "../../contract/index.ts"
import type { Peer } from "./peers.ts"

/**
 * Sends a request without a body on as it is, its key included: the peer lets in whom it knows. Undefined when no
 * answer begins in time, which then never will.
 */
export async function askPeer(
  { host, port }: Peer,
  request: FastifyRequest,
  by: string,
  signal: AbortSignal,
): Promise<IncomingMessage | undefined> {
  const late = AbortSignal.timeout(patience)
  const headers = {
    authorization: request.headers.authorization,
    accept: request.headers.accept,
    [header.requestId]: request.id,
    [header.forwardedBy]: by,
  }
  const given = Object.entries(headers).filter(([, value]) => value !== undefined)
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const sent = http
    .request({
      host,
      port,
      method: request.method,
      path: request.url,
      headers: Object.fromEntries(given),
      agent: false,
    })
    .on("response", resolve)
    .on("error", reject)
    .end()
  const giveUp = () => sent.destroy()
  late.addEventListener("abort", giveUp)
  signal.addEventListener("abort", giveUp)
  try {
    return await promise
  } catch {
    signal.throwIfAborted()
    return undefined
  } finally {
    late.removeEventListener("abort", giveUp)
  }
}

/** Passes the peer's answer on, with its own names on it. One that breaks off breaks this one off. */
export async function passOn(answer: IncomingMessage, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  reply.hijack()
  request.answeredAt = performance.now()
  const fields = Object.entries(answer.headers).filter(([name]) => !hopByHop.has(name))
  reply.raw.writeHead(answer.statusCode ?? 502, Object.fromEntries(fields))
  reply.raw.flushHeaders()
  // Whoever is gone is cut off: there is nobody to tell.
  await pipeline(answer, reply.raw).catch(() => {})
}

/** Milliseconds. The head of a stream that is being made comes at once; finding out that it is not may ask the database. */
const patience = 5_000

const hopByHop: ReadonlySet<string> = new Set(["connection", "keep-alive", "transfer-encoding"])

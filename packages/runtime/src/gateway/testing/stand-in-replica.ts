import { once } from "node:events"
import http from "node:http"
import type { AddressInfo } from "node:net"

/** What a stand-in was asked, body included. */
export interface Received {
  readonly method: string
  readonly url: string
  readonly headers: http.IncomingHttpHeaders
  readonly body: string
}

export type Behaviour = (received: Received, response: http.ServerResponse, request: http.IncomingMessage) => void

/** A small replica on node:http, that is: on another HTTP implementation than the gateway's own. */
export class StandInReplica {
  readonly received: Received[] = []
  ready = true
  /** Checks are accepted and never answered. */
  silent = false
  /** Checks that were met with silence. */
  unanswered = 0
  readonly checks: number[] = []
  behaviour: Behaviour
  readonly #server: http.Server
  #waiters: (() => void)[] = []

  private constructor(behaviour: Behaviour) {
    this.behaviour = behaviour
    this.#server = http.createServer((request, response) => this.#take(request, response))
    this.#server.keepAliveTimeout = 60_000
  }

  static async start(behaviour: Behaviour = answerJson({ ok: true }), port = 0): Promise<StandInReplica> {
    const replica = new StandInReplica(behaviour)
    replica.#server.listen(port, "127.0.0.1")
    await once(replica.#server, "listening")
    return replica
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Resolves when `count` requests other than checks have come. */
  async requests(count: number): Promise<void> {
    while (this.received.length < count) await new Promise<void>(resolve => this.#waiters.push(resolve))
  }

  /** Like `kill -9`: every connection is reset and the port refuses. */
  async kill(): Promise<void> {
    const closed = once(this.#server, "close")
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }

  #take(request: http.IncomingMessage, response: http.ServerResponse): void {
    if (request.url === "/readyz") {
      if (this.silent) {
        this.unanswered += 1
        return
      }
      this.checks.push(Date.now())
      response.writeHead(this.ready ? 200 : 503, { "content-type": "application/json" })
      response.end(JSON.stringify({ reasons: this.ready ? [] : ["database away"] }))
      return
    }
    const chunks: Buffer[] = []
    request.on("data", chunk => chunks.push(chunk))
    request.on("error", () => {})
    request.on("end", () => {
      const received = {
        method: request.method ?? "",
        url: request.url ?? "",
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
      }
      this.received.push(received)
      for (const waiter of this.#waiters.splice(0)) waiter()
      this.behaviour(received, response, request)
    })
  }
}

export function answerJson(body: unknown, status = 200, headers: http.OutgoingHttpHeaders = {}): Behaviour {
  const text = JSON.stringify(body)
  return (_received, response) => {
    const length = Buffer.byteLength(text)
    response.writeHead(status, { "content-type": "application/json", "content-length": length, ...headers }).end(text)
  }
}

export const answerError = (status: number, code: string): Behaviour =>
  answerJson({ error: { message: code, type: "unavailable_error", param: null, code } }, status)

/** Dies before a byte of the answer. */
export const reset: Behaviour = (_received, _response, request) => request.socket.resetAndDestroy()

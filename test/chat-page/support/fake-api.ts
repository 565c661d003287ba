import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { json } from "node:stream/consumers"
import { setTimeout as sleep } from "node:timers/promises"
import { pageFiles } from "../../../packages/runtime/src/web/page-files.ts"
import { answerEvents } from "./fake-answer-events.ts"
import { FakeConversations } from "./fake-conversations.ts"

/** What the fake does with one `POST /v1/responses`. Words are 1 ms apart unless `pace` says otherwise. */
export type Behaviour =
  | { kind: "answer"; text: string; pace?: number; region?: string; cutOff?: boolean }
  /** Some words, then a retryable error event, a cut connection, or an error event that is final. */
  | { kind: "break"; text: string; words: number; how: "event" | "cut" | "final-event" }
  | { kind: "status"; status: number; code: string | null; retryAfter?: number }
  /** No byte of an answer until the page goes away. */
  | { kind: "hang" }

export interface AskedResponse {
  readonly key: string
  readonly body: { readonly conversation: string; readonly input: string; readonly stream: boolean }
}

/**
 * A fake of the server's public API on real HTTP, with the real page files.
 * Turns are kept by `Idempotency-Key`: a repeat of a finished one gets the same answer.
 */
export class FakeApi {
  readonly conversations = new FakeConversations()
  /** Every `POST /v1/responses`, in order. */
  readonly asked: AskedResponse[] = []
  /** Ended connections of streams that were not finished. */
  aborted = 0
  /** Responses that the page cancelled. */
  readonly cancelled: string[] = []
  /** Requests with a key that does not count. */
  unauthorized = 0
  readonly #behaviours: Behaviour[] = []
  readonly #turns = new Map<string, { text: string; itemId: string }>()
  readonly #keys = new Set<string>()
  readonly #tokens = new Set<string>()
  /** Nonces by the tokens that were used with them. */
  readonly #exchanged = new Map<string, string>()
  /** So many of the next exchanges succeed, and their answers are lost. */
  lostExchanges = 0
  /** Who opens a session waits for this. */
  beforeExchange: Promise<void> | undefined
  /** Whoever is refused for want of a key waits for what this gives. */
  beforeRefusal: (() => Promise<void>) | undefined
  readonly #files: ReturnType<typeof pageFiles>
  readonly #server: Server
  #next = 1

  private constructor(app: { name: string; environment: string }) {
    this.#files = pageFiles(app)
    this.#server = createServer((request, response) => {
      this.#route(request, response).catch(() => response.destroy())
    })
  }

  static async start(app = { name: "support-bot", environment: "local" }): Promise<FakeApi> {
    const api = new FakeApi(app)
    await new Promise<void>(resolve => api.#server.listen(0, "127.0.0.1", resolve))
    return api
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`
  }

  /** The next questions meet these, one each; after them, every question is answered with its echo. */
  plan(...behaviours: Behaviour[]): void {
    this.#behaviours.push(...behaviours)
  }

  newKey(): string {
    const key = `sk-${this.#next++}`
    this.#keys.add(key)
    return key
  }

  newToken(): string {
    const token = `one time/token+${this.#next++}`
    this.#tokens.add(token)
    return token
  }

  /** Address that `chatops open` would open. */
  link(): string {
    return `${this.url}#token=${encodeURIComponent(this.newToken())}`
  }

  expireKeys(): void {
    this.#keys.clear()
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise(resolve => this.#server.close(resolve))
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? "/", this.url)
    const route = `${request.method} ${pathname}`
    const file = request.method === "GET" ? this.#files.get(pathname) : undefined
    if (file) return void response.writeHead(200, { ...file.headers, "content-type": file.contentType }).end(file.body)
    if (route === "POST /chat/session") return this.#exchange(request, response)
    const key = request.headers.authorization?.replace("Bearer ", "") ?? ""
    if (!this.#keys.has(key)) {
      this.unauthorized++
      await this.beforeRefusal?.()
      return refuse(response, 401, "invalid_api_key")
    }
    if (route === "GET /v1/models") return answerJson(response, 200, { object: "list", data: [] })
    if (route === "POST /v1/conversations") return answerJson(response, 200, { id: this.conversations.create() })
    if (route === "POST /v1/responses") return this.#respond(request, response)
    const cancelled = /^POST \/v1\/responses\/([^/]+)\/cancel$/.exec(route)?.[1]
    if (cancelled !== undefined) {
      this.cancelled.push(cancelled)
      return answerJson(response, 200, { id: cancelled, status: "cancelled" })
    }
    const id = /^GET \/v1\/conversations\/([^/]+)\/items$/.exec(route)?.[1]
    if (id === undefined) return refuse(response, 404, "route_not_found")
    if (!this.conversations.has(id)) return refuse(response, 404, "conversation_not_found")
    const range = { after: searchParams.get("after"), limit: Number(searchParams.get("limit")) }
    answerJson(response, 200, this.conversations.page(id, range))
  }

  async #exchange(request: IncomingMessage, response: ServerResponse): Promise<void> {
    await this.beforeExchange
    const { token, nonce } = (await json(request)) as { token: string; nonce?: string }
    const repeated = nonce !== undefined && this.#exchanged.get(token) === nonce
    if (!this.#tokens.delete(token) && !repeated) return refuse(response, 401, "invalid_token")
    if (nonce !== undefined) this.#exchanged.set(token, nonce)
    if (this.lostExchanges > 0) {
      this.lostExchanges -= 1
      return void response.destroy()
    }
    answerJson(response, 200, { key: this.newKey(), expires_at: Math.floor(Date.now() / 1_000) + 3_600 })
  }

  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = (await json(request)) as AskedResponse["body"]
    const key = String(request.headers["idempotency-key"])
    this.asked.push({ key, body })
    response.on("close", () => {
      if (!response.writableFinished) this.aborted++
    })
    if (!this.conversations.has(body.conversation)) return refuse(response, 404, "conversation_not_found")
    const stored = this.#turns.get(key)
    if (stored) return stream(response, stored, { kind: "answer", text: stored.text }, () => {})
    const behaviour = this.#behaviours.shift() ?? { kind: "answer", text: `You said: ${body.input}` }
    if (behaviour.kind === "hang") return
    if (behaviour.kind === "status") return refuse(response, behaviour.status, behaviour.code, behaviour.retryAfter)
    const turn = { text: behaviour.text, itemId: `msg_${this.#next++}` }
    await stream(response, turn, behaviour, () => {
      this.#turns.set(key, turn)
      this.conversations.add(body.conversation, { question: body.input, answer: turn.text, itemId: turn.itemId })
    })
  }
}

/** @param keep makes the turn durable; called before the final event is written */
async function stream(
  response: ServerResponse,
  turn: { text: string; itemId: string },
  behaviour: Extract<Behaviour, { kind: "answer" | "break" }>,
  keep: () => void,
): Promise<void> {
  const answers = behaviour.kind === "answer"
  const headers = {
    "x-chatops-region": answers ? (behaviour.region ?? "west") : "east",
    "x-chatops-release": "rel_ab12cd34ef56",
  }
  response.writeHead(200, { "content-type": "text/event-stream", ...headers }).write(": hello\n\n")
  const cutOff = answers && behaviour.cutOff === true
  let words = 0
  for (const event of answerEvents({ id: `resp_${turn.itemId}`, itemId: turn.itemId, text: turn.text, cutOff })) {
    if (response.destroyed) return
    if (event.type === "response.output_text.delta") {
      if (!answers && words++ === behaviour.words) return breakOff(response, behaviour.how)
      await sleep(answers ? (behaviour.pace ?? 1) : 1)
    }
    if (event.type === "response.completed" || event.type === "response.incomplete") keep()
    response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
  }
  response.end()
}

function breakOff(response: ServerResponse, how: "event" | "cut" | "final-event"): void {
  if (how === "cut") {
    response.destroy()
  } else {
    const error = {
      type: "error",
      code: how === "event" ? "stream_interrupted" : "internal_error",
      message: "It broke.",
    }
    response.end(`event: error\ndata: ${JSON.stringify({ ...error, param: null, retryable: how === "event" })}\n\n`)
  }
}

function answerJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body))
}

function refuse(response: ServerResponse, status: number, code: string | null, retryAfter?: number): void {
  if (retryAfter !== undefined) response.setHeader("retry-after", String(retryAfter))
  answerJson(response, status, {
    error: { message: `Refused with ${status}.`, type: "server_error", param: null, code },
  })
}

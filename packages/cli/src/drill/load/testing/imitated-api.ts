import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { json } from "node:stream/consumers"
import { type Draw, seededDraw } from "@chatops/stacks/drill"
import { onTestFinished } from "vitest"

/** What goes wrong with one attempt. `-after`: the turn is stored all the same. */
export type ImitatedFault =
  | "reset"
  | "reset-after"
  | "unavailable"
  | "unknown-commit"
  | "busy"
  | "broken"
  | "broken-after"
  | "told"
  | "slow"
  | "hangs"
  | "gone"

/** What an API does on purpose that it must not do. */
export type Sabotage = "loses" | "doubles" | "alters" | "misorders" | "forgets-keys" | "adds"

export interface ImitationOptions {
  readonly seed?: number
  /** Share of attempts with which something goes wrong; below 1, no more than twice with the same request. */
  readonly faulty?: number
  readonly faults?: readonly ImitatedFault[]
  readonly sabotage?: Sabotage
  /** Answers to a stream that is to be gone on with: `none` knows no such endpoint, `breaks` breaks off again. */
  readonly resumes?: "stored" | "none" | "breaks"
  /** Events of one answer. */
  readonly deltas?: number
}

interface Turn {
  readonly id: string
  readonly message: string
  readonly text: string
  readonly input: string
}

export interface ImitatedApi {
  readonly url: string
  /** What is stored, by conversation: the truth. */
  readonly conversations: ReadonlyMap<string, readonly Turn[]>
  /** Method, path and key of each request. */
  readonly requests: readonly string[]
  /** Removes everything. */
  forget(): void
  /** Knows the key no more. */
  lockOut(): void
  /** Answers nothing any more; each request may be sent again. */
  shut(): void
  /** Answers again, and knows the key. */
  open(): void
}

const key = "sk-drill"

/** After each of these a repeat may succeed. */
const passing: readonly ImitatedFault[] = [
  "reset",
  "reset-after",
  "unavailable",
  "unknown-commit",
  "busy",
  "broken",
  "broken-after",
  "told",
  "slow",
]

/** An imitation of the chatbot's API with a store in memory, which fails as its seed says. Ends with the test. */
export async function imitatedApi(options: ImitationOptions = {}): Promise<ImitatedApi> {
  const imitation = new Imitation(options)
  const server = createServer((request, response) => {
    imitation.answer(request, response).catch(error => response.destroy(error))
  })
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { conversations, requests } = imitation
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    ...{ url, conversations, requests },
    forget: () => conversations.clear(),
    lockOut: () => {
      imitation.key = undefined
    },
    shut: () => {
      imitation.available = false
    },
    open: () => {
      imitation.key = key
      imitation.available = true
    },
  }
}

class Imitation {
  readonly conversations = new Map<string, Turn[]>()
  key: string | undefined = key
  available = true
  readonly requests: string[] = []
  readonly #options: ImitationOptions
  readonly #draw: Draw
  readonly #byKey = new Map<string, Turn | string>()
  readonly #faults = new Map<string, number>()
  readonly #failed = { streams: 0, others: 0 }
  #number = 0

  constructor(options: ImitationOptions) {
    this.#options = options
    this.#draw = seededDraw(options.seed ?? 1)
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://imitation")
    const key = String(request.headers["idempotency-key"])
    this.requests.push(`${request.method} ${request.url} ${key}`)
    const [, , collection, id, items] = pathname.split("/")
    if (request.headers.authorization !== `Bearer ${this.key}`) return this.#refuse(response, 401, "invalid_api_key")
    if (!this.available) return this.#refuse(response, 503, "no_replica_available")
    const body = request.method === "POST" ? ((await json(request)) as Asked) : undefined
    const fault = this.#fault(`${request.method} ${request.url} ${key}`, body?.stream === true)
    if (fault === "slow") await new Promise(resolve => setTimeout(resolve, 60))
    if (fault === "hangs") return
    if (fault === "gone" && collection === "responses") return this.#refuse(response, 404, "conversation_not_found")
    if (fault === "reset") return void request.socket.destroy()
    if (fault === "unavailable") return this.#refuse(response, 503, "no_replica_available")
    if (fault === "busy") return this.#refuse(response, 429, "upstream_busy", { "retry-after": "0" })
    if (body && collection === "conversations") return this.#send(response, { id: this.#open(key) })
    if (body && collection === "responses") return this.#answerTurn(response, key, body, fault)
    if (collection === "conversations" && items) return this.#list(response, id ?? "", searchParams.get("after"))
    if (collection === "responses") return this.#resume(response, id ?? "", searchParams)
    this.#refuse(response, 404, "route_not_found")
  }

  #fault(request: string, streamed: boolean): ImitatedFault | undefined {
    const { faulty = 0, faults = passing } = this.#options
    const ofStreams: readonly ImitatedFault[] = ["broken", "broken-after", "told"]
    const possible = faults.filter(fault => streamed || !ofStreams.includes(fault))
    const before = this.#faults.get(request) ?? 0
    if (possible.length === 0 || this.#draw.uniform() >= faulty || (faulty < 1 && before === 2)) return undefined
    this.#faults.set(request, before + 1)
    // In turn, so that none is missing.
    this.#failed[streamed ? "streams" : "others"] += 1
    return possible[this.#failed[streamed ? "streams" : "others"] % possible.length]
  }

  #open(key: string): string {
    const known = this.#byKey.get(key)
    if (typeof known === "string") return known
    const id = `conv_${++this.#number}`
    this.#byKey.set(key, id)
    this.conversations.set(id, [])
    return id
  }

  #answerTurn(response: ServerResponse, key: string, asked: Asked, fault: ImitatedFault | undefined) {
    const { stream, conversation } = asked
    if (fault === "broken" || fault === "told") {
      const unstored = { id: `resp_${++this.#number}`, message: `msg_${this.#number}`, text: "no", input: "" }
      this.#begin(response, unstored)
      const error = { type: "error", code: "stream_interrupted", message: "Repeat it.", retryable: true }
      if (fault === "told") response.end(`event: error\ndata: ${JSON.stringify(error)}\n\n`)
      else response.write("data: {", () => response.destroy())
      return
    }
    const turn = this.#store(key, asked)
    if (turn === undefined) return this.#refuse(response, 404, "conversation_not_found")
    if (fault === "reset-after") return void response.destroy()
    if (fault === "unknown-commit") return this.#refuse(response, 503, "commit_unknown")
    if (!stream) return this.#send(response, responseOf(turn, conversation))
    this.#begin(response, turn)
    if (fault === "broken-after") response.write("event: response.outp", () => response.destroy())
    else response.end(this.#events(turn).slice(2).join("") + this.#ending(turn))
  }

  #store(key: string, { conversation, input }: Asked): Turn | undefined {
    const known = this.#byKey.get(key)
    const turns = this.conversations.get(conversation)
    if (typeof known === "object" && this.#options.sabotage !== "forgets-keys") return known
    if (turns === undefined) return undefined
    const number = ++this.#number
    const turn = { id: `resp_${number}`, message: `msg_${number}`, text: "An answer, piece by piece.", input }
    this.#byKey.set(key, turn)
    this.#keep(turns, turn)
    return turn
  }

  /** Keeps a turn, or now and then does something else. */
  #keep(turns: Turn[], turn: Turn): void {
    const { sabotage } = this.#options
    const now = sabotage !== undefined && this.#number % 5 === 0
    if (now && sabotage === "loses") return
    turns.push(now && sabotage === "alters" ? { ...turn, message: `${turn.message}_other` } : turn)
    if (now && sabotage === "doubles") turns.push(turn)
    if (now && sabotage === "adds") turns.push({ ...turn, input: "who wrote this?" })
    if (now && sabotage === "misorders") turns.reverse()
  }

  #begin(response: ServerResponse, turn: Turn): void {
    response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8", ...fields })
    response.write(`: keep-alive\n\n${this.#events(turn).slice(0, 2).join("")}`)
  }

  #events({ id, text }: Turn): string[] {
    const deltas = Array.from({ length: this.#options.deltas ?? 4 }, () => text.slice(0, 5))
    return [
      eventText("response.created", 0, { response: { id, status: "in_progress" } }),
      ...deltas.map((delta, index) => eventText("response.output_text.delta", index + 1, { delta })),
    ]
  }

  #ending(turn: Turn): string {
    const number = (this.#options.deltas ?? 4) + 1
    return `: x-chatops-commit: ${position}\n${eventText("response.completed", number, { response: responseOf(turn) })}`
  }

  #resume(response: ServerResponse, id: string, query: URLSearchParams) {
    const turn = [...this.conversations.values()].flat().find(candidate => candidate.id === id)
    if (this.#options.resumes === "none") return this.#refuse(response, 400, "unsupported_parameter")
    if (turn === undefined) return this.#refuse(response, 404, "response_not_found")
    const after = Number(query.get("starting_after"))
    response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8", ...fields })
    const events = this.#events(turn).slice(after + 1)
    if (this.#options.resumes === "breaks") response.write(events[0] ?? "", () => response.destroy())
    else response.end(events.join("") + this.#ending(turn))
  }

  #list(response: ServerResponse, id: string, after: string | null) {
    const turns = this.conversations.get(id)
    if (turns === undefined) return this.#refuse(response, 404, "conversation_not_found")
    const items = turns.flatMap(({ message, input, text }, index) => [
      { id: `${index}_in`, role: "user", content: [{ type: "input_text", text: input }] },
      { id: message, role: "assistant", content: [{ type: "output_text", text }] },
    ])
    const begin = after === null ? 0 : items.findIndex(item => item.id === after) + 1
    // Pages may be smaller than asked for.
    const data = items.slice(begin, begin + 3)
    this.#send(response, { data, has_more: begin + 3 < items.length, last_id: data.at(-1)?.id ?? null })
  }

  #send(response: ServerResponse, content: unknown): void {
    response.writeHead(200, { "content-type": "application/json", ...fields, "x-chatops-commit": position })
    response.end(JSON.stringify(content))
  }

  #refuse(
    response: ServerResponse,
    status: number,
    code: string,
    headers: Readonly<Record<string, string>> = {},
  ): void {
    response.writeHead(status, { "content-type": "application/json", ...headers })
    response.end(JSON.stringify({ error: { code, message: code } }))
  }
}

interface Asked {
  readonly stream: boolean
  readonly conversation: string
  readonly input: string
}

const fields = { "x-chatops-region": "east" }
const position = "epoch=3 timeline=2 lsn=0/16B3748"

const eventText = (type: string, number: number, content: object) =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...content, sequence_number: number })}\n\n`

const responseOf = ({ id, message, text }: Turn, conversation?: string) => ({
  id,
  object: "response",
  status: "completed",
  conversation: { id: conversation },
  output: [{ id: message, type: "message", role: "assistant", content: [{ type: "output_text", text }] }],
})

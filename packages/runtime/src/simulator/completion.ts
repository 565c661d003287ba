import type { ServerResponse } from "node:http"
import { type Answer, makeAnswer } from "./answer.ts"
import type { CompletionRequest } from "./completion-request.ts"
import type { Pacer } from "./pacer.ts"
import type { RequestBehaviour } from "./request-behaviour.ts"

/** Answers one request at the pace of its behaviour; `sequence` makes the answer's id. */
export function complete(
  response: ServerResponse,
  request: CompletionRequest,
  behaviour: RequestBehaviour,
  pacer: Pacer,
  sequence: number,
): void {
  const answer = makeAnswer(request, behaviour)
  const head = {
    id: `chatcmpl-simulated-${sequence}`,
    created: Math.floor(Date.now() / 1_000),
    model: request.model,
    system_fingerprint: "simulator",
  }
  if (request.stream) new CompletionStream(response, answer, head, behaviour, pacer, includeUsage(request)).start()
  else completeAtOnce(response, answer, head, behaviour, pacer)
}

interface Head {
  readonly id: string
  readonly created: number
  readonly model: string
  readonly system_fingerprint: string
}

function includeUsage(request: CompletionRequest): boolean {
  return request.stream_options?.include_usage === true
}

function usage(answer: Answer, behaviour: RequestBehaviour) {
  const counted = { prompt_tokens: answer.promptTokens, completion_tokens: answer.tokens.length }
  const { prompt_tokens, completion_tokens } = behaviour.usage ?? counted
  return { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens }
}

function completeAtOnce(
  response: ServerResponse,
  answer: Answer,
  head: Head,
  behaviour: RequestBehaviour,
  pacer: Pacer,
) {
  const breaks = behaviour.breakAfter !== undefined && behaviour.breakAfter < answer.tokens.length
  const tokens = breaks ? (behaviour.breakAfter ?? 0) : answer.tokens.length
  const at = performance.now() + behaviour.firstTokenDelay + (tokens * 1_000) / behaviour.tokensPerSecond
  pacer.schedule(at, () => {
    if (breaks) return reset(response)
    const message = { role: "assistant", content: answer.tokens.join(""), refusal: null }
    const choice = { index: 0, message, logprobs: null, finish_reason: answer.finishReason }
    const body = { ...head, object: "chat.completion", choices: [choice], usage: usage(answer, behaviour) }
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body))
  })
}

/** A stream writes everything that is due at once, so that a high rate costs few writes. */
class CompletionStream {
  readonly #response: ServerResponse
  readonly #answer: Answer
  readonly #behaviour: RequestBehaviour
  readonly #pacer: Pacer
  readonly #withUsage: boolean
  readonly #head: Head
  /** What every chunk has in common up to its delta. */
  readonly #prefix: string
  #written = 0
  #firstAt = 0

  constructor(
    response: ServerResponse,
    answer: Answer,
    head: Head,
    behaviour: RequestBehaviour,
    pacer: Pacer,
    withUsage: boolean,
  ) {
    this.#response = response
    this.#answer = answer
    this.#behaviour = behaviour
    this.#pacer = pacer
    this.#withUsage = withUsage
    this.#head = head
    const start = JSON.stringify({ ...head, object: "chat.completion.chunk" }).slice(0, -1)
    this.#prefix = `data: ${start},"choices":[{"index":0,"delta":`
  }

  start(): void {
    this.#response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache" })
    this.#response.flushHeaders()
    this.#firstAt = performance.now() + this.#behaviour.firstTokenDelay
    this.#pacer.schedule(this.#firstAt, this.#onTime)
  }

  readonly #onTime = (now: number) => {
    if (this.#response.destroyed) return
    if (this.#response.writableNeedDrain) return this.#pacer.schedule(now, this.#onTime)
    const { tokensPerSecond, breakAfter = Number.POSITIVE_INFINITY } = this.#behaviour
    const { tokens } = this.#answer
    const elapsed = Math.floor(((now - this.#firstAt) * tokensPerSecond) / 1_000) + 1
    const due = Math.min(tokens.length, Math.max(1, elapsed), breakAfter)
    let text = this.#written === 0 ? this.#chunk({ role: "assistant", content: "", refusal: null }) : ""
    for (; this.#written < due; this.#written += 1) text += this.#chunk({ content: tokens[this.#written] ?? "" })
    if (this.#written === tokens.length && breakAfter >= tokens.length) {
      this.#response.end(text + this.#ending())
    } else if (this.#written >= breakAfter) {
      this.#response.write(text, () => reset(this.#response))
    } else {
      this.#response.write(text)
      this.#pacer.schedule(this.#firstAt + (this.#written * 1_000) / tokensPerSecond, this.#onTime)
    }
  }

  #ending(): string {
    const last = this.#chunk({}, this.#answer.finishReason)
    if (!this.#withUsage) return `${last}data: [DONE]\n\n`
    const totals = { choices: [], usage: usage(this.#answer, this.#behaviour) }
    const chunk = { ...this.#head, object: "chat.completion.chunk", ...totals }
    return `${last}data: ${JSON.stringify(chunk)}\n\ndata: [DONE]\n\n`
  }

  #chunk(delta: object, finishReason: string | null = null): string {
    const usageField = this.#withUsage ? `,"usage":null` : ""
    const finish = JSON.stringify(finishReason)
    return `${this.#prefix}${JSON.stringify(delta)},"logprobs":null,"finish_reason":${finish}}]${usageField}}\n\n`
  }
}

function reset(response: ServerResponse): void {
  response.socket?.resetAndDestroy()
}

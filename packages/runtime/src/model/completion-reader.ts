import { DeltaTemplate } from "./delta-template.ts"
import { readErrorBody } from "./error-body.ts"
import { isObject } from "./is-object.ts"
import type { FinishReason, ModelEvent, Usage } from "./model.ts"
import { ServerSentEventParser } from "./sse-parser.ts"
import { readUsage } from "./usage.ts"

/** The upstream sent something that is no chat completion, or an error event. `message` names neither key nor upstream. */
export class BadAnswerError extends Error {
  override readonly name = "BadAnswerError"
}

/** Turns the bytes of a streamed chat completion into model events. */
export class CompletionReader {
  readonly #parser = new ServerSentEventParser((data, event) => this.#read(data, event))
  readonly #template = new DeltaTemplate()
  #batch: ModelEvent[] = []
  #reason: FinishReason | undefined
  #usage: Usage | undefined
  /** Events that arrived so far, `[DONE]` not counted. */
  events = 0
  /** Whether `[DONE]` arrived; what follows it means nothing. */
  done = false

  /** The deltas in this chunk. Throws `BadAnswerError` and `EventTooLargeError`. */
  push(chunk: Uint8Array): void {
    if (!this.done) this.#parser.push(chunk)
  }

  /** The deltas since the last call. */
  take(): ModelEvent[] {
    const batch = this.#batch
    this.#batch = []
    return batch
  }

  /** The model itself said that the answer is whole; undefined as long as it has not. */
  get finished(): (ModelEvent & { type: "finished" }) | undefined {
    return this.#reason && { type: "finished", reason: this.#reason, usage: this.#usage }
  }

  #read(data: string, event: string): void {
    if (this.done) return
    if (data === "[DONE]") {
      this.done = true
      return
    }
    this.events += 1
    const text = event === "" ? this.#template.read(data) : undefined
    if (text === undefined) this.#parse(data, event)
    else this.#text(text)
  }

  #parse(data: string, event: string): void {
    const chunk = parse(data)
    if (chunk["error"] || event === "error") {
      throw new BadAnswerError(`sent an error event (${readErrorBody(chunk).summary})`)
    }
    const choice: unknown = Array.isArray(chunk["choices"]) ? chunk["choices"][0] : undefined
    if (isObject(choice)) this.#choice(choice)
    if (chunk["usage"]) this.#usage = readUsage(chunk["usage"]) ?? this.#usage
    else if (isObject(choice)) this.#learn(data, choice)
  }

  /** Only a chunk that says nothing but its text is like the others. */
  #learn(data: string, choice: Readonly<Record<string, unknown>>): void {
    const delta = choice["delta"]
    if (!isObject(delta) || choice["finish_reason"] || delta["refusal"]) return
    const text = delta["content"]
    if (typeof text === "string" && text !== "") this.#template.learn(data, text)
  }

  #choice(choice: Readonly<Record<string, unknown>>): void {
    const delta = choice["delta"]
    if (isObject(delta)) {
      this.#text(delta["content"])
      // A model that refuses says so in a field of its own; to the person who reads it is the answer.
      this.#text(delta["refusal"])
    }
    const reason = choice["finish_reason"]
    if (typeof reason === "string" && reason !== "") this.#reason = finishReason(reason)
  }

  #text(text: unknown): void {
    if (typeof text === "string" && text !== "") this.#batch.push({ type: "delta", text })
  }
}

function parse(data: string): Readonly<Record<string, unknown>> {
  let chunk: unknown
  try {
    chunk = JSON.parse(data)
  } catch {
    throw new BadAnswerError("sent an event that is not JSON")
  }
  if (!isObject(chunk)) throw new BadAnswerError("sent an event that is no object")
  return chunk
}

function finishReason(reason: string): FinishReason {
  switch (reason) {
    case "length":
    case "max_tokens":
      return "length"
    case "content_filter":
      return "content_filter"
    // vLLM and SGLang say `abort`, OpenRouter `error`, for a generation that broke off.
    case "abort":
    case "error":
      throw new BadAnswerError(`ended the answer with finish_reason ${reason}`)
    default:
      return "stop"
  }
}

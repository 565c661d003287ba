import { type MessageItem, textOf } from "../../conversation/item.ts"
import type { Turn, TurnRequest } from "../../conversation/turn.ts"
import { responseFailed, responseInProgress, responseObject } from "./response-object.ts"

/**
 * Writes one response as the events of OpenAI's Responses API, numbered from 0. One encoder serves one stream:
 * `start`, any number of `delta`, then `finish` or `fail`. Each returns complete server-sent events.
 */
export interface EventEncoder {
  start(): string
  delta(text: string): string
  finish(turn: Turn): string
  fail(code: string, message: string): string
}

export function createEventEncoder(request: TurnRequest, messageId: string): EventEncoder {
  return new Encoder(request, messageId)
}

/** All events of a turn that is stored: those of the live stream, with the text in one piece. */
export function encodeStoredTurn(turn: Turn): string {
  const [message] = turn.output
  if (message === undefined) throw new Error(`Turn ${turn.id} has no output.`)
  const encoder = createEventEncoder(turn, message.id)
  const text = textOf(message)
  return encoder.start() + (text === "" ? "" : encoder.delta(text)) + encoder.finish(turn)
}

class Encoder implements EventEncoder {
  readonly #request: TurnRequest
  readonly #messageId: string
  /** What comes before the text of a delta; by far the most frequent event, so it is put together by hand. */
  readonly #deltaHead: string
  #next = 0

  constructor(request: TurnRequest, messageId: string) {
    this.#request = request
    this.#messageId = messageId
    const fields = `"item_id":"${messageId}","output_index":0,"content_index":0,"logprobs":[]`
    this.#deltaHead = `event: response.output_text.delta\ndata: {"type":"response.output_text.delta",${fields},"delta":`
  }

  start(): string {
    const response = JSON.stringify(responseInProgress(this.#request))
    const item = { id: this.#messageId, type: "message", status: "in_progress", role: "assistant", content: [] }
    return (
      this.#event("response.created", `"response":${response}`) +
      this.#event("response.in_progress", `"response":${response}`) +
      this.#event("response.output_item.added", { output_index: 0, item }) +
      this.#event("response.content_part.added", { ...this.#place, part: emptyPart })
    )
  }

  delta(text: string): string {
    const number = this.#next
    this.#next += 1
    return `${this.#deltaHead}${JSON.stringify(text)},"sequence_number":${number}}\n\n`
  }

  finish(turn: Turn): string {
    const [item] = turn.output
    if (item === undefined) throw new Error(`Turn ${turn.id} has no output.`)
    return (
      this.#event("response.output_text.done", { ...this.#place, text: textOf(item), logprobs: [] }) +
      this.#event("response.content_part.done", { ...this.#place, part: partOf(item) }) +
      this.#event("response.output_item.done", { output_index: 0, item }) +
      this.#event(`response.${turn.status}`, { response: responseObject(turn) })
    )
  }

  fail(code: string, message: string): string {
    return this.#event("response.failed", { response: responseFailed(this.#request, code, message) })
  }

  get #place() {
    return { item_id: this.#messageId, output_index: 0, content_index: 0 }
  }

  /** `fields` as an object, or as the text of its members. */
  #event(type: string, fields: Readonly<Record<string, unknown>> | string): string {
    const members = typeof fields === "string" ? fields : JSON.stringify(fields).slice(1, -1)
    const number = this.#next
    this.#next += 1
    return `event: ${type}\ndata: {"type":"${type}",${members},"sequence_number":${number}}\n\n`
  }
}

const emptyPart = { type: "output_text", text: "", annotations: [], logprobs: [] }

const partOf = (item: MessageItem) => item.content[0] ?? emptyPart

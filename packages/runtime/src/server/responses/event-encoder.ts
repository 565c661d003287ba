import { type MessageItem, textOf } from "../../conversation/item.ts"
import type { Turn, TurnRequest } from "../../conversation/turn.ts"
import { responseFailed, responseInProgress, responseObject } from "./response-object.ts"

/**
 * Writes one response as the events of OpenAI's Responses API. The number of an event says how much of the text a client
 * has that saw it: the four that begin the response are 0 to 3, a delta's is 3 and the length of the text up to its end,
 * and the last ones follow. So a stored turn is enough to take a stream up anywhere. Lengths are in UTF-16 code units.
 */
export interface EventEncoder {
  /** The events that come before the text, without those up to number `after`. */
  start(after?: number): string
  /** `end`: length of the text with this piece of it, which is not empty. */
  delta(piece: string, end: number): string
  /** The events that come after the text, without those up to number `after`. */
  finish(turn: Turn, after?: number): string
  /** `end`: length of the text so far. */
  fail(code: string, message: string, end: number): string
}

export function createEventEncoder(request: TurnRequest, messageId: string): EventEncoder {
  return new Encoder(request, messageId)
}

/** How much of the text a client has that saw the event of this number, in UTF-16 code units; it may be more than there is. */
export const textUpTo = (number: number): number => Math.max(0, number - lastBeforeText)

/** All events of a turn that is stored: those of the live stream, with the text in one piece. */
export function encodeStoredTurn(turn: Turn): string {
  const { encoder, text } = encoderOfStored(turn)
  return encoder.start() + (text === "" ? "" : encoder.delta(text, text.length)) + encoder.finish(turn)
}

export function encoderOfStored(turn: Turn): { readonly encoder: EventEncoder; readonly text: string } {
  const [message] = turn.output
  if (message === undefined) throw new Error(`Turn ${turn.id} has no output.`)
  return { encoder: createEventEncoder(turn, message.id), text: textOf(message) }
}

const lastBeforeText = 3

class Encoder implements EventEncoder {
  readonly #request: TurnRequest
  readonly #messageId: string
  /** What comes before the text of a delta; by far the most frequent event, so it is put together by hand. */
  readonly #deltaHead: string

  constructor(request: TurnRequest, messageId: string) {
    this.#request = request
    this.#messageId = messageId
    const fields = `"item_id":"${messageId}","output_index":0,"content_index":0,"logprobs":[]`
    this.#deltaHead = `event: response.output_text.delta\ndata: {"type":"response.output_text.delta",${fields},"delta":`
  }

  start(after = -1): string {
    const response = `"response":${JSON.stringify(responseInProgress(this.#request))}`
    const item = { id: this.#messageId, type: "message", status: "in_progress", role: "assistant", content: [] }
    const events = [
      encodeEvent("response.created", response, 0),
      encodeEvent("response.in_progress", response, 1),
      encodeEvent("response.output_item.added", { output_index: 0, item }, 2),
      encodeEvent("response.content_part.added", { ...this.#place, part: emptyPart }, lastBeforeText),
    ]
    return events.slice(after + 1).join("")
  }

  delta(piece: string, end: number): string {
    return `${this.#deltaHead}${JSON.stringify(piece)},"sequence_number":${lastBeforeText + end}}\n\n`
  }

  finish(turn: Turn, after = -1): string {
    const [item] = turn.output
    if (item === undefined) throw new Error(`Turn ${turn.id} has no output.`)
    const text = textOf(item)
    const first = lastBeforeText + text.length + 1
    const events = [
      encodeEvent("response.output_text.done", { ...this.#place, text, logprobs: [] }, first),
      encodeEvent("response.content_part.done", { ...this.#place, part: partOf(item) }, first + 1),
      encodeEvent("response.output_item.done", { output_index: 0, item }, first + 2),
      encodeEvent(`response.${turn.status}`, { response: responseObject(turn) }, first + 3),
    ]
    return events.slice(Math.max(0, after - first + 1)).join("")
  }

  fail(code: string, message: string, end: number): string {
    const response = responseFailed(this.#request, code, message)
    return encodeEvent("response.failed", { response }, lastBeforeText + end + 1)
  }

  get #place() {
    return { item_id: this.#messageId, output_index: 0, content_index: 0 }
  }
}

/** `fields` as an object, or as the text of its members. */
function encodeEvent(type: string, fields: Readonly<Record<string, unknown>> | string, number: number): string {
  const members = typeof fields === "string" ? fields : JSON.stringify(fields).slice(1, -1)
  return `event: ${type}\ndata: {"type":"${type}",${members},"sequence_number":${number}}\n\n`
}

const emptyPart = { type: "output_text", text: "", annotations: [], logprobs: [] }

const partOf = (item: MessageItem) => item.content[0] ?? emptyPart

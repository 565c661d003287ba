/** Called for each complete event: its data, and its `event` field or "" when it has none. */
export type OnServerSentEvent = (data: string, event: string) => void

/** An event, or a line, is longer than the parser may hold. */
export class EventTooLargeError extends Error {
  override readonly name = "EventTooLargeError"
}

const lineFeed = 10
const carriageReturn = 13

/**
 * Incremental parser of server-sent events (WHATWG HTML, "Interpreting an event stream"), right for any chunking.
 * `id` and `retry` are ignored, and an event that the stream's end cuts off is dropped, as the standard says.
 *
 * Bytes are decoded up to the last line end only, so a UTF-8 sequence is never cut and no stateful decoder is needed.
 */
export class ServerSentEventParser {
  readonly #onEvent: OnServerSentEvent
  readonly #limit: number
  /** Bytes of a line whose end has not arrived. */
  #rest: Uint8Array[] = []
  #restLength = 0
  #data = ""
  #hasData = false
  #event = ""
  #atStart = true
  /** The last decoded line ended in CR, so that a leading LF belongs to it. */
  #afterCarriageReturn = false

  /** `limit`: the most that one event may hold, in bytes. */
  constructor(onEvent: OnServerSentEvent, limit = 1_048_576) {
    this.#onEvent = onEvent
    this.#limit = limit
  }

  /** Throws `EventTooLargeError`, and what `onEvent` throws; the parser is not to be used after that. */
  push(chunk: Uint8Array): void {
    const end = Math.max(chunk.lastIndexOf(lineFeed), chunk.lastIndexOf(carriageReturn)) + 1
    if (end > 0) {
      const text = this.#decode(chunk, end)
      this.#lines(text)
    }
    if (end === chunk.length) return
    this.#restLength += chunk.length - end
    if (this.#restLength > this.#limit) throw new EventTooLargeError(`A line is longer than ${this.#limit} bytes.`)
    this.#rest.push(end === 0 ? chunk : chunk.subarray(end))
  }

  #decode(chunk: Uint8Array, end: number): string {
    let text: string
    if (this.#restLength === 0) {
      text = utf8(chunk, end)
    } else {
      this.#rest.push(chunk.subarray(0, end))
      const whole = Buffer.concat(this.#rest, this.#restLength + end)
      text = utf8(whole, whole.length)
      this.#rest = []
      this.#restLength = 0
    }
    if (this.#atStart) {
      this.#atStart = false
      if (text.charCodeAt(0) === 0xfeff) text = text.slice(1)
    }
    return text
  }

  #lines(text: string): void {
    let start = 0
    if (this.#afterCarriageReturn) {
      this.#afterCarriageReturn = false
      if (text.charCodeAt(0) === lineFeed) start = 1
    }
    if (!text.includes("\r")) {
      for (let end = text.indexOf("\n", start); end !== -1; end = text.indexOf("\n", start)) {
        this.#line(text, start, end)
        start = end + 1
      }
      return
    }
    for (let at = start; at < text.length; at += 1) {
      const code = text.charCodeAt(at)
      if (code !== lineFeed && code !== carriageReturn) continue
      this.#line(text, start, at)
      if (code === carriageReturn) {
        if (at + 1 === text.length) this.#afterCarriageReturn = true
        else if (text.charCodeAt(at + 1) === lineFeed) at += 1
      }
      start = at + 1
    }
  }

  #line(text: string, start: number, end: number): void {
    if (start === end) this.#dispatch()
    else if (text.startsWith("data:", start)) this.#append(fieldValue(text, start + 5, end))
    else if (text.startsWith("event:", start)) this.#event = fieldValue(text, start + 6, end)
    else if (end - start === 4 && text.startsWith("data", start)) this.#append("")
    else if (end - start === 5 && text.startsWith("event", start)) this.#event = ""
  }

  #append(value: string): void {
    this.#data = this.#hasData ? `${this.#data}\n${value}` : value
    this.#hasData = true
    if (this.#data.length > this.#limit) throw new EventTooLargeError(`An event is longer than ${this.#limit} bytes.`)
  }

  #dispatch(): void {
    const data = this.#data
    const event = this.#event
    const hasData = this.#hasData
    this.#data = ""
    this.#event = ""
    this.#hasData = false
    if (hasData) this.#onEvent(data, event)
  }
}

function fieldValue(text: string, start: number, end: number): string {
  return text.slice(text.charCodeAt(start) === 32 ? start + 1 : start, end)
}

/** Bytes that are not UTF-8 become U+FFFD; a byte order mark is kept. */
function utf8(bytes: Uint8Array, end: number): string {
  const buffer = bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return buffer.toString("utf8", 0, end)
}

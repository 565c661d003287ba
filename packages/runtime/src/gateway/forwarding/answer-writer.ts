import type { AnswerSink } from "../client/answer-sink.ts"
import { EventHold } from "./event-hold.ts"

/** How the end of an answer's body is made known to the client. */
export type AnswerFraming = "none" | "length" | "chunked" | "close"

/** Writes one answer to a client: gathers what one read of the replica brought, and sends it in one write. */
export class AnswerWriter {
  /** Something has been sent. */
  started = false
  /** Nothing more will come. */
  ended = false
  readonly #sink: AnswerSink
  #head: string | undefined
  #content: Buffer[] = []
  #framing: AnswerFraming = "none"
  #events: EventHold | undefined
  #keepAlive = false

  constructor(sink: AnswerSink) {
    this.#sink = sink
  }

  /** `head` includes the final empty line. `events`: the body is an event stream that can be ended by an event. */
  begin(head: string, framing: AnswerFraming, options: { events: boolean; keepAlive: boolean }): void {
    this.#head = head
    this.#framing = framing
    this.#keepAlive = options.keepAlive && framing !== "close"
    if (options.events) this.#events = new EventHold()
  }

  data(content: Buffer): void {
    this.#content.push(content)
  }

  end(): void {
    this.ended = true
  }

  /** Sends what has been gathered. False: the client cannot take more for now. */
  flush(): boolean {
    const content = this.#releasable()
    let size = 0
    for (const piece of content) size += piece.length
    let before = this.#head ?? ""
    let after = ""
    this.#head = undefined
    if (this.#framing === "chunked") {
      if (size > 0) {
        before += `${size.toString(16)}\r\n`
        after = "\r\n"
      }
      if (this.ended) after += "0\r\n\r\n"
    }
    const pieces = joined(before, content, size, after)
    if (pieces.length > 0) this.started = true
    const more = pieces.length === 0 || this.#sink.write(pieces)
    if (this.ended) this.#sink.finish(this.#keepAlive)
    return more
  }

  /**
   * Ends an answer that broke off: an event stream by `event` at an event boundary and a clean end, anything else by
   * cutting the connection.
   */
  interrupt(event: string): void {
    if (this.#events === undefined) {
      this.#sink.truncate()
      return
    }
    const boundary = this.#events.insideEvent ? "\n\n" : ""
    this.#content = [Buffer.from(boundary + event)]
    this.#events = undefined
    this.ended = true
    this.flush()
  }

  #releasable(): readonly Buffer[] {
    const content = this.#content
    if (content.length === 0 && !this.ended) return content
    this.#content = []
    if (this.#events === undefined) return content
    const passed = content.length === 0 ? [] : this.#events.pass(content)
    return this.ended ? [...passed, ...this.#events.rest()] : passed
  }
}

/** One piece while copying is cheaper than handing the system several. Head and framing are latin1. */
function joined(before: string, content: readonly Buffer[], size: number, after: string): readonly Buffer[] {
  const total = before.length + size + after.length
  if (total === 0) return []
  if (total === size && content.length === 1) return content
  if (size > copyLimit) return [Buffer.from(before, "latin1"), ...content, Buffer.from(after, "latin1")]
  const bytes = Buffer.allocUnsafe(total)
  let at = bytes.write(before, 0, "latin1")
  for (const piece of content) at += piece.copy(bytes, at)
  bytes.write(after, at, "latin1")
  return [bytes]
}

const copyLimit = 16_384

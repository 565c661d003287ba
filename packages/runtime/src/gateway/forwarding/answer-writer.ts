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
    const pieces: Buffer[] = []
    const content = this.#releasable()
    let tail = ""
    if (this.#framing === "chunked") {
      let size = 0
      for (const piece of content) size += piece.length
      if (size > 0) {
        this.#head = `${this.#head ?? ""}${size.toString(16)}\r\n`
        tail = "\r\n"
      }
      if (this.ended) tail += "0\r\n\r\n"
    }
    if (this.#head !== undefined) {
      pieces.push(Buffer.from(this.#head, "latin1"))
      this.#head = undefined
    }
    pieces.push(...content)
    if (tail !== "") pieces.push(tailBytes(tail))
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

const tailBytes = (tail: string) => knownTails.get(tail) ?? Buffer.from(tail)
const knownTails = new Map(["\r\n", "0\r\n\r\n", "\r\n0\r\n\r\n"].map(tail => [tail, Buffer.from(tail)]))

import type { FinishedTurn, LiveAnswer } from "../../conversation/answer-turn.ts"
import type { TurnRequest } from "../../conversation/turn.ts"
import { ClientGone, ResponseCancelled } from "../client-signal.ts"
import type { EventStream } from "../event-stream.ts"
import type { RequestError } from "../request-error.ts"
import { commitComment } from "./commit-comment.ts"
import { createEventEncoder, type EventEncoder } from "./event-encoder.ts"
import { type Place, type StreamEnding, StreamReader, type StreamSource } from "./stream-reader.ts"

export interface LiveResponseOptions {
  /** How long it goes on without a reader, in milliseconds. */
  readonly grace: number
  /** It goes on without one: for a while, or for a repeat of the request that waits for it. */
  readonly onAlone: (why: "client" | "repeat") => void
  /** To be given up: nobody reads it, and nobody will, or a client said so. */
  readonly onGivenUp: (reason: ClientGone | ResponseCancelled) => void
}

/** One streamed response while it is being made, and those who read it. */
export class LiveResponse implements StreamSource {
  readonly encoder: EventEncoder
  ending: StreamEnding | undefined
  readonly #answer: LiveAnswer
  readonly #options: LiveResponseOptions
  #readers: readonly StreamReader[] = []
  #started = false
  /** Length of the text that readers know of. */
  #told = 0
  /** All of it was read: giving it up would save nothing. */
  #whole = false
  #grace: NodeJS.Timeout | undefined

  constructor(answer: LiveAnswer, options: LiveResponseOptions) {
    this.#answer = answer
    this.#options = options
    this.encoder = createEventEncoder(answer.request, answer.messageId)
  }

  get text(): string {
    return this.#answer.text
  }

  /** Its client has been told of it, and may come back. */
  get started(): boolean {
    return this.#started
  }

  get request(): TurnRequest {
    return this.#answer.request
  }

  belongsTo(tenant: string): boolean {
    return this.#answer.request.tenant === tenant
  }

  /** The client that asked for it. Returns how to tell that it is gone. */
  begin(stream: EventStream): () => void {
    return this.#enter(new StreamReader(stream, this))
  }

  /** One that takes it up later. Returns how to tell that it is gone. */
  join(stream: EventStream, place: Place): () => void {
    const reader = new StreamReader(stream, this, place)
    const leave = this.#enter(reader)
    reader.join()
    return leave
  }

  /** New pieces of the answer's text, none when it just begins. */
  add(pieces: readonly string[]): void {
    const from = this.#told
    let events = this.#started ? "" : this.encoder.start()
    this.#started = true
    for (const piece of pieces) {
      this.#told += piece.length
      // Nobody may be there to read it.
      if (this.#readers.length > 0) events += this.encoder.delta(piece, this.#told)
    }
    for (const reader of this.#readers) reader.take(events, from)
  }

  /** Everything was read. */
  complete(): void {
    this.#whole = true
    clearTimeout(this.#grace)
  }

  finish({ turn, position }: FinishedTurn): void {
    const comment = position === undefined ? "" : commitComment(position)
    this.#end({ kind: "finished", events: after => comment + this.encoder.finish(turn, after) })
  }

  fail(error: RequestError): void {
    const { code, message } = error.client
    const event = this.encoder.fail(code ?? "server_error", message, this.#told)
    this.#end({ kind: "failed", error, event })
  }

  /** False when it is whole. */
  cancel(): boolean {
    if (this.#whole) return false
    clearTimeout(this.#grace)
    this.#options.onGivenUp(new ResponseCancelled("The response was cancelled."))
    return true
  }

  /** Gives it up unless it is whole. */
  forsake(message: string): void {
    clearTimeout(this.#grace)
    if (!this.#whole) this.#options.onGivenUp(new ClientGone(message))
  }

  #end(ending: StreamEnding): void {
    clearTimeout(this.#grace)
    this.#whole = true
    this.ending = ending
    for (const reader of this.#readers) reader.more()
  }

  #enter(reader: StreamReader): () => void {
    clearTimeout(this.#grace)
    this.#readers = [...this.#readers, reader]
    return () => {
      this.#readers = this.#readers.filter(other => other !== reader)
      if (this.#readers.length === 0 && !this.#whole) this.#detach()
    }
  }

  #detach(): void {
    const { grace, onAlone } = this.#options
    // Until it has started nobody knows of it who could come back.
    if (grace === 0 || !this.#started) {
      this.forsake("The client closed its connection.")
      return
    }
    onAlone("client")
    this.#grace = setTimeout(() => void this.#expire(), grace)
  }

  async #expire(): Promise<void> {
    const awaited = await this.#answer.awaited()
    if (this.#readers.length > 0 || this.#whole) return
    if (awaited) this.#options.onAlone("repeat")
    else this.forsake("No client came back.")
  }
}

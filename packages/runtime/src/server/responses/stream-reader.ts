import type { EventStream } from "../event-stream.ts"
import type { RequestError } from "../request-error.ts"
import { type EventEncoder, textUpTo } from "./event-encoder.ts"

/** What readers of one response read: a text that may still grow, and how it ended. */
export interface StreamSource {
  readonly encoder: EventEncoder
  readonly text: string
  readonly ending: StreamEnding | undefined
}

export type StreamEnding =
  /** `events`: the last ones, without those up to number `after`. */
  | { readonly kind: "finished"; readonly events: (after: number) => string }
  | { readonly kind: "failed"; readonly error: RequestError; readonly event: string }

export interface Place {
  /** Number of the last event that the reader has. */
  readonly after?: number | undefined
  /** It asks for everything, and may have some of it already. */
  readonly again?: boolean
}

/**
 * One client that reads a response. It is sent the text at its own pace: what came while it could not take more is sent
 * in one piece afterwards, so that nobody waits for it and nothing piles up.
 */
export class StreamReader {
  readonly #stream: EventStream
  readonly #source: StreamSource
  /** Number of the last event that it had before. */
  readonly #after: number
  /** It may have had some of what it is sent now. */
  readonly #again: boolean
  /** Length of the text that it was sent, or had before. */
  #sent: number
  #busy = false

  constructor(stream: EventStream, source: StreamSource, { after = -1, again = false }: Place = {}) {
    this.#stream = stream
    this.#source = source
    this.#after = after
    this.#again = again
    this.#sent = textUpTo(after)
  }

  /** The first events of a stream that was begun before; then whatever is missing. */
  join(): void {
    // The comment opens the stream, also when there is no event yet.
    this.#write(`: resumed\n\n${this.#source.encoder.start(this.#after)}`)
    this.more()
  }

  /** The events of the text from `from` to its end, which most readers have come to. */
  take(events: string, from: number): void {
    if (this.#busy) return
    if (this.#sent !== from) {
      this.more()
      return
    }
    this.#sent = this.#source.text.length
    this.#write(events)
  }

  /** Sends what it has not been sent, as far as it can take it, and the end if there is one. */
  more(): void {
    const { encoder, text, ending } = this.#source
    while (!this.#busy && this.#sent < text.length) {
      const from = this.#sent
      this.#sent = this.#again ? endOfPart(text, from) : text.length
      const missing = text.slice(from, this.#sent)
      this.#write(this.#again ? eachCharacter(encoder, missing, from) : encoder.delta(missing, this.#sent))
    }
    if (this.#busy || ending === undefined) return
    if (ending.kind === "finished") this.#stream.end(ending.events(this.#after))
    else this.#stream.fail(ending.error, ending.event)
  }

  #write(events: string): void {
    const full = this.#stream.write(events)
    if (full === undefined) return
    this.#busy = true
    full.then(
      () => {
        this.#busy = false
        this.more()
      },
      // It is gone, as its connection tells.
      () => {},
    )
  }
}

/**
 * An event for each character. The official client's `responses.stream({ response_id, starting_after })` asks for a
 * stream from its beginning and drops what it has by number: that has to be possible wherever it was cut off.
 */
function eachCharacter(encoder: EventEncoder, text: string, from: number): string {
  let events = ""
  let end = from
  for (const character of text) {
    end += character.length
    events += encoder.delta(character, end)
  }
  return events
}

/** A quarter of a megabyte of events further, and not between the two halves of a character. */
function endOfPart(text: string, from: number): number {
  const end = from + 1_024
  if (end >= text.length) return text.length
  return /[\uD800-\uDBFF]/.test(text.charAt(end - 1)) ? end + 1 : end
}

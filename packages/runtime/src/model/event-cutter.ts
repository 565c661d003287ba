import { EventTooLargeError } from "./sse-parser.ts"

/**
 * Cuts a stream of server-sent events, in any chunking, only where an event has ended: what follows the last blank
 * line is held back. So a comment or an error event can be put in between two pieces, and a stream that breaks off
 * leaves no half event behind. Understands LF, CRLF and CR. Every byte is looked at and copied at most once.
 */
export class EventCutter {
  readonly #limit: number
  #held: Buffer[] = []
  #heldLength = 0
  /** The bytes before the next chunk. A stream begins as if after a blank line. */
  #last = lineFeed
  #secondToLast = lineFeed

  /** `limit`: the most that may be held back, in bytes. */
  constructor(limit = 1_048_576) {
    this.#limit = limit
  }

  /** Whole events with what was held back before; undefined when none has ended. Throws `EventTooLargeError`. */
  push(chunk: Buffer): Buffer | undefined {
    const end = this.#endOfLastEvent(chunk)
    this.#remember(chunk)
    if (end === chunk.length && this.#heldLength === 0) return end === 0 ? undefined : chunk
    if (end === 0) {
      this.#hold(chunk)
      return undefined
    }
    this.#held.push(chunk.subarray(0, end))
    this.#heldLength += end
    const events = this.rest()
    if (end < chunk.length) this.#hold(chunk.subarray(end))
    return events
  }

  /** Takes what is held back; undefined when that is nothing. */
  rest(): Buffer | undefined {
    const rest = this.#held.length > 1 ? Buffer.concat(this.#held, this.#heldLength) : this.#held[0]
    this.#held = []
    this.#heldLength = 0
    return rest
  }

  #hold(bytes: Buffer): void {
    this.#heldLength += bytes.length
    if (this.#heldLength > this.#limit) throw new EventTooLargeError(`An event is longer than ${this.#limit} bytes.`)
    this.#held.push(bytes)
  }

  #remember(chunk: Buffer): void {
    this.#secondToLast = chunk.at(-2) ?? (chunk.length === 0 ? this.#secondToLast : this.#last)
    this.#last = chunk.at(-1) ?? this.#last
  }

  /** Index after the last blank line that ends in the chunk; 0: there is none. */
  #endOfLastEvent(chunk: Buffer): number {
    for (let at = chunk.length - 1; at >= 0; at -= 1) {
      const byte = chunk[at]
      if (byte !== lineFeed && byte !== carriageReturn) continue
      const before = at > 0 ? chunk[at - 1] : this.#last
      const twoBefore = at > 1 ? chunk[at - 2] : at === 1 ? this.#last : this.#secondToLast
      // A CR at the end counts at once: should its LF come late, that ends one more empty line, which is no event.
      const isBlankLine =
        before === lineFeed || (before === carriageReturn && (byte === before || isLineEnd(twoBefore)))
      if (isBlankLine) return at + 1
    }
    return 0
  }
}

const lineFeed = 10
const carriageReturn = 13

const isLineEnd = (byte: number | undefined): boolean => byte === lineFeed || byte === carriageReturn

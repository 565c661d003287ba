import { lastEventEnd } from "../wire/event-end.ts"

/**
 * Lets only whole server-sent events through. A client can do nothing with a part of one before its end comes, and a
 * stream that breaks off then always stands at an event boundary, where an error event can be added.
 */
export class EventHold {
  /** More than `holdLimit` bytes came without an end and were let through: the client stands inside an event. */
  insideEvent = false
  #held: Buffer[] = []

  /** The bytes that may go on to the client now, those held earlier included. */
  pass(content: readonly Buffer[]): readonly Buffer[] {
    const bytes = [...this.#held, ...content]
    const whole = bytes.length === 1 ? (bytes[0] as Buffer) : Buffer.concat(bytes)
    const end = lastEventEnd(whole)
    if (end === whole.length) return this.#let([whole], false)
    if (whole.length - end > holdLimit) return this.#let([whole], true)
    this.#held = [whole.subarray(end)]
    if (end > 0) this.insideEvent = false
    return end === 0 ? [] : [whole.subarray(0, end)]
  }

  /** What is still held at a proper end of the stream. */
  rest(): readonly Buffer[] {
    return this.#let(this.#held, false)
  }

  #let(bytes: readonly Buffer[], insideEvent: boolean): readonly Buffer[] {
    this.#held = []
    this.insideEvent = insideEvent
    return bytes
  }
}

/** Largest part of an event that is held back, in bytes. */
const holdLimit = 65_536

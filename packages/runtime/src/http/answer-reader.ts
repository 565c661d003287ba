import type { AnswerListener } from "./answer-listener.ts"
import { ChunkedDecoder } from "./chunked-decoder.ts"
import { findHeadEnd, headEnd, headLimit } from "./head-end.ts"
import { parseResponseHead, type ResponseHead } from "./response-head.ts"

/** Reads one answer from the bytes of a connection. Made anew for each request. */
export class AnswerReader {
  /** The answer is complete; afterwards `reusable` tells whether the connection may carry another. */
  done = false
  reusable = false
  idle: number | undefined
  /** At least one byte has come. */
  started = false
  readonly #method: string
  readonly #listener: AnswerListener
  #pending: Buffer | undefined
  #head: ResponseHead | undefined
  #left = 0
  #decoder: ChunkedDecoder | undefined

  constructor(method: string, listener: AnswerListener) {
    this.#method = method
    this.#listener = listener
  }

  /** Takes one read. Returns false when the bytes are no valid answer, or go on after its end. */
  read(bytes: Buffer): boolean {
    this.started = true
    if (this.done) return false
    const rest = this.#head === undefined ? this.#readHead(bytes) : bytes
    if (rest === invalid) return false
    if (rest === undefined) return true
    return this.#readBody(rest)
  }

  /** The server has closed its side. Returns false when that cuts the answer short. */
  end(): boolean {
    if (this.done) return true
    if (this.#head?.body !== "until-close") return false
    this.#finish()
    return true
  }

  /** The bytes after the final head; undefined while it is incomplete. Interim answers (1xx) are passed over. */
  #readHead(bytes: Buffer): Buffer | undefined | typeof invalid {
    let pending = this.#pending === undefined ? bytes : Buffer.concat([this.#pending, bytes])
    for (;;) {
      const end = findHeadEnd(pending, headLimit)
      if (end === headEnd.incomplete) {
        this.#pending = pending
        return undefined
      }
      if (end < 0) return invalid
      const head = parseResponseHead(pending.toString("latin1", 0, end), this.#method)
      // Upgrades are never asked for, so 101 answers nothing that was sent.
      if (head === null || head.status === 101) return invalid
      pending = pending.subarray(end)
      if (head.status < 200) continue
      this.#pending = undefined
      this.#begin(head)
      return pending
    }
  }

  #begin(head: ResponseHead): void {
    this.#head = head
    this.idle = head.idle
    if (head.body === "chunked") this.#decoder = new ChunkedDecoder()
    else if (head.body !== "until-close") this.#left = head.body
    this.#listener.answerHead(head)
    if (head.body === 0) this.#finish()
  }

  #readBody(bytes: Buffer): boolean {
    if (bytes.length === 0) return true
    if (this.done) return false
    if (this.#decoder !== undefined) return this.#readChunked(this.#decoder, bytes)
    if (this.#head?.body === "until-close") {
      this.#listener.answerData(bytes)
      return true
    }
    const size = Math.min(this.#left, bytes.length)
    this.#left -= size
    this.#listener.answerData(size === bytes.length ? bytes : bytes.subarray(0, size))
    if (this.#left === 0) this.#finish()
    return size === bytes.length
  }

  #readChunked(decoder: ChunkedDecoder, bytes: Buffer): boolean {
    const end = decoder.read(bytes, 0, (from, to) => this.#listener.answerData(bytes.subarray(from, to)))
    if (end < 0) return false
    if (decoder.done) this.#finish()
    return end === bytes.length
  }

  #finish(): void {
    this.done = true
    this.reusable = this.#head?.reusable === true
    this.#listener.answerEnd()
  }
}

const invalid = Symbol("invalid")

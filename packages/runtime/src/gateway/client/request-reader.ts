import type { ClientErrorCode } from "../../contract/index.ts"
import { ChunkedDecoder } from "../../http/chunked-decoder.ts"
import { findHeadEnd, headEnd, headLimit } from "../../http/head-end.ts"
import { isHeadFault, parseRequestHead, type RequestHead } from "../wire/request-head.ts"
import { BodyBuffer } from "./body-buffer.ts"

/** What the bytes of a client's connection amount to next. */
export type RequestEvent =
  | { readonly kind: "request"; readonly head: RequestHead; readonly body: Buffer }
  /** The client waits for `100 Continue` before it sends the body. */
  | { readonly kind: "continue" }
  | RequestFault

/** The connection cannot be read any further. */
export interface RequestFault {
  readonly kind: "fault"
  readonly status: number
  readonly code: ClientErrorCode | null
  readonly reason: string
}

/** Reads requests, one after the other, from bytes that come in arbitrary pieces. */
export class RequestReader {
  #pending: Buffer = empty
  #head: RequestHead | undefined
  #decoder: ChunkedDecoder | undefined
  /** Of a body that has come in part. */
  #body: BodyBuffer | undefined

  push(bytes: Buffer): void {
    this.#pending = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes])
  }

  /** Bytes that nobody has asked for yet. */
  get buffered(): number {
    return this.#pending.length
  }

  /** Memory that the body read so far takes, in bytes. */
  get held(): number {
    return this.#body?.capacity ?? 0
  }

  /** Of the request whose body is being read. */
  get head(): RequestHead | undefined {
    return this.#head
  }

  /** Nothing more is read: lets go of what has come. */
  discard(): void {
    this.#pending = empty
    this.#body = undefined
  }

  /** Where in a request the bytes end. */
  get position(): "between" | "head" | "body" {
    if (this.#head !== undefined) return "body"
    return this.#pending.length === 0 ? "between" : "head"
  }

  /** The next event, or undefined until more bytes come. `bodyLimit` in bytes. */
  next(bodyLimit: number): RequestEvent | undefined {
    if (this.#head === undefined) {
      const event = this.#readHead(bodyLimit)
      if (event !== undefined || this.#head === undefined) return event
    }
    return this.#readBody(bodyLimit)
  }

  #readHead(bodyLimit: number): RequestEvent | undefined {
    this.#skipEmptyLines()
    if (this.#pending.length === 0) return undefined
    const end = findHeadEnd(this.#pending, headLimit)
    if (end === headEnd.incomplete) return undefined
    if (end === headEnd.tooLarge) return fault(431, null, `The request's head is larger than ${headLimit} bytes.`)
    if (end === headEnd.malformed) return fault(400, null, "A line of the request's head does not end in CRLF.")
    const head = parseRequestHead(this.#pending.toString("latin1", 0, end))
    if (isHeadFault(head)) return fault(head.status, null, head.reason)
    this.#pending = this.#pending.subarray(end)
    this.#head = head
    if (head.body !== "chunked" && head.body > bodyLimit) return tooLarge(bodyLimit)
    if (head.body === "chunked") this.#decoder = new ChunkedDecoder()
    return head.expectsContinue && head.body !== 0 && this.#pending.length === 0 ? { kind: "continue" } : undefined
  }

  #readBody(bodyLimit: number): RequestEvent | undefined {
    const head = this.#head as RequestHead
    if (this.#decoder !== undefined) return this.#readChunked(head, this.#decoder, bodyLimit)
    const bytes = this.#pending
    const length = head.body as number
    const end = Math.min(bytes.length, length - (this.#body?.size ?? 0))
    this.#pending = bytes.subarray(end)
    if (this.#body === undefined && end === length) return this.#complete(head, bytes.subarray(0, end))
    if (end === 0) return undefined
    this.#body ??= new BodyBuffer(length)
    this.#body.append(bytes, 0, end)
    return this.#body.size === length ? this.#complete(head, this.#body.whole()) : undefined
  }

  #readChunked(head: RequestHead, decoder: ChunkedDecoder, bodyLimit: number): RequestEvent | undefined {
    const bytes = this.#pending
    this.#body ??= new BodyBuffer(bodyLimit)
    const body = this.#body
    const end = decoder.read(bytes, 0, (from, to) => body.append(bytes, from, to))
    if (end < 0) return fault(400, null, "The chunked coding of the body is broken.")
    if (body.size > bodyLimit) return tooLarge(bodyLimit)
    this.#pending = bytes.subarray(end)
    return decoder.done ? this.#complete(head, body.whole()) : undefined
  }

  #complete(head: RequestHead, body: Buffer): RequestEvent {
    this.#head = undefined
    this.#decoder = undefined
    this.#body = undefined
    return { kind: "request", head, body }
  }

  /** RFC 9112 section 2.2: an empty line before the request line is to be ignored. */
  #skipEmptyLines(): void {
    let at = 0
    while (this.#pending[at] === 0x0d && this.#pending[at + 1] === 0x0a) at += 2
    if (at > 0) this.#pending = this.#pending.subarray(at)
  }
}

const empty: Buffer = Buffer.alloc(0)

export const fault = (status: number, code: ClientErrorCode | null, reason: string): RequestFault => ({
  kind: "fault",
  status,
  code,
  reason,
})

const tooLarge = (limit: number) =>
  fault(413, "body_too_large", `The request's body is larger than the ${limit} bytes that are accepted.`)

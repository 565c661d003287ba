import type { ResponseHead } from "../../http/response-head.ts"
import { heldLimit } from "./retryable-answer.ts"

/** An error answer that is kept back until it is known whether another attempt does better. */
export class HeldAnswer {
  readonly head: ResponseHead
  readonly content: Buffer[] = []
  #size = 0

  constructor(head: ResponseHead) {
    this.head = head
  }

  /** False: that is more than is held back. */
  add(content: Buffer): boolean {
    this.content.push(content)
    this.#size += content.length
    return this.#size <= heldLimit
  }

  get body(): Buffer {
    return Buffer.concat(this.content)
  }
}

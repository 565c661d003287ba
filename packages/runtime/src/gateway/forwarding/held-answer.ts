import type { ResponseHead } from "../../http/response-head.ts"

/** An error answer that is kept back until it is known whether another attempt does better. */
export class HeldAnswer {
  readonly head: ResponseHead
  readonly content: Buffer[] = []
  size = 0

  constructor(head: ResponseHead) {
    this.head = head
  }

  add(content: Buffer): void {
    this.content.push(content)
    this.size += content.length
  }

  get body(): Buffer {
    return Buffer.concat(this.content)
  }
}

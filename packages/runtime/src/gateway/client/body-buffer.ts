/** Gathers a body that comes in pieces in one growing piece of memory, however small the pieces are. */
export class BodyBuffer {
  size = 0
  #bytes: Buffer = Buffer.alloc(0)
  readonly #expected: number

  /** `expected`: the size that is not grown beyond without need. */
  constructor(expected: number) {
    this.#expected = expected
  }

  /** Memory taken, in bytes. */
  get capacity(): number {
    return this.#bytes.length
  }

  append(bytes: Buffer, from: number, to: number): void {
    const size = this.size + to - from
    if (size > this.capacity) this.#grow(size)
    bytes.copy(this.#bytes, this.size, from, to)
    this.size = size
  }

  /** The whole body, in no more memory than it needs. */
  whole(): Buffer {
    return this.size === this.capacity ? this.#bytes : copied(this.#bytes.subarray(0, this.size), this.size)
  }

  /** Doubling keeps the copying linear. */
  #grow(size: number): void {
    const capacity = Math.max(size, Math.min(this.#expected, Math.max(first, 2 * this.capacity)))
    this.#bytes = copied(this.#bytes.subarray(0, this.size), capacity)
  }
}

const first = 4_096

function copied(bytes: Buffer, capacity: number): Buffer {
  const copy = Buffer.allocUnsafeSlow(capacity)
  bytes.copy(copy)
  return copy
}

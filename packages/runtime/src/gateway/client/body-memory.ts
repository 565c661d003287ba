/** Counts the memory that the bodies of unanswered requests take, over all connections. */
export class BodyMemory {
  /** In bytes. */
  used = 0
  readonly #limit: () => number

  constructor(limit: () => number) {
    this.#limit = limit
  }

  get limit(): number {
    return this.#limit()
  }

  /** One holder's share changes. False, and nothing is changed, when it grows beyond the limit of all. */
  resize(from: number, to: number): boolean {
    const used = this.used + to - from
    if (to > from && used > this.#limit()) return false
    this.used = used
    return true
  }
}

/** What one connection holds of it. */
export class BodyShare {
  readonly #memory: BodyMemory
  #held = 0

  constructor(memory: BodyMemory) {
    this.#memory = memory
  }

  /** False, and nothing is changed: there is no memory for so many bytes. */
  hold(bytes: number): boolean {
    if (!this.#memory.resize(this.#held, bytes)) return false
    this.#held = bytes
    return true
  }
}

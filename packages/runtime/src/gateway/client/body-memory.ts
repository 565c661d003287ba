/** Counts the memory that the bodies of unanswered requests take, over all connections. */
export class BodyMemory {
  /** In bytes. */
  used = 0
  readonly #limit: () => number

  constructor(limit: () => number) {
    this.#limit = limit
  }

  /** One holder's share changes. False, and nothing is changed, when it grows beyond the limit of all. */
  resize(from: number, to: number): boolean {
    const used = this.used + to - from
    if (to > from && used > this.#limit()) return false
    this.used = used
    return true
  }
}

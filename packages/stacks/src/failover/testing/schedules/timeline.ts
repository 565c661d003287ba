interface Due {
  readonly at: number
  /** Of those due at the same time the one that was asked for first comes first. */
  readonly order: number
  readonly owner: string
  readonly run: () => void
}

/** Virtual time in milliseconds, which goes from one event to the next. */
export class Timeline {
  #now = 0
  #order = 0
  #events = 0
  #ended = false
  /** A binary heap: the next one is first. */
  readonly #queue: Due[] = []
  readonly #frozen = new Map<string, number>()

  get now(): number {
    return this.#now
  }

  get events(): number {
    return this.#events
  }

  /** `owner`: whose event it is, a region's part as in `east/runtime`, or the world's. */
  after(milliseconds: number, owner: string, run: () => void): void {
    this.#push({ at: this.#now + Math.max(0, milliseconds), order: this.#order++, owner, run })
  }

  /** Nothing of this owner, or of this region, happens until then; all that was due meanwhile happens at once then. */
  freeze(who: string, until: number): void {
    this.#frozen.set(who, Math.max(until, this.#frozen.get(who) ?? 0))
  }

  isFrozen(owner: string): boolean {
    return this.#frozenUntil(owner) > this.#now
  }

  end(): void {
    this.#ended = true
  }

  run(until: number): void {
    while (!this.#ended) {
      const next = this.#queue[0]
      if (next === undefined || next.at > until) return
      this.#pop()
      this.#now = next.at
      const thaw = this.#frozenUntil(next.owner)
      if (thaw > this.#now) {
        this.#push({ ...next, at: thaw })
        continue
      }
      this.#events += 1
      next.run()
    }
  }

  #frozenUntil(owner: string): number {
    if (this.#frozen.size === 0) return 0
    const region = owner.slice(0, owner.indexOf("/"))
    return Math.max(this.#frozen.get(owner) ?? 0, this.#frozen.get(region) ?? 0)
  }

  #push(due: Due): void {
    const queue = this.#queue
    let at = queue.push(due) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = queue[parent]
      if (above === undefined || isBefore(above, due)) break
      queue[at] = above
      at = parent
    }
    queue[at] = due
  }

  #pop(): void {
    const queue = this.#queue
    const last = queue.pop()
    if (last === undefined || queue.length === 0) return
    let at = 0
    for (;;) {
      const [left, right] = [queue[2 * at + 1], queue[2 * at + 2]]
      if (left === undefined) break
      const isLeft = right === undefined || isBefore(left, right)
      const child = isLeft ? left : right
      if (isBefore(last, child)) break
      queue[at] = child
      at = 2 * at + (isLeft ? 1 : 2)
    }
    queue[at] = last
  }
}

const isBefore = (one: Due, other: Due): boolean =>
  one.at < other.at || (one.at === other.at && one.order < other.order)

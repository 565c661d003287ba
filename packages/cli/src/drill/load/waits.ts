/** Waits that can all be ended at once. Thousands of them cost no more than their timers. */
export class Waits {
  readonly #pending = new Map<NodeJS.Timeout, (elapsed: boolean) => void>()
  #ended = false

  /** Whether the time went by; false at once when the waits have been ended. */
  sleep(milliseconds: number): Promise<boolean> {
    if (this.#ended) return Promise.resolve(false)
    return new Promise(resolve => {
      // Timers count whole milliseconds, and what fires early would have to wait again.
      const timer = setTimeout(() => this.#end(timer, true), Math.ceil(milliseconds))
      this.#pending.set(timer, resolve)
    })
  }

  end(): void {
    this.#ended = true
    for (const timer of this.#pending.keys()) {
      clearTimeout(timer)
      this.#end(timer, false)
    }
  }

  #end(timer: NodeJS.Timeout, elapsed: boolean): void {
    this.#pending.get(timer)?.(elapsed)
    this.#pending.delete(timer)
  }
}

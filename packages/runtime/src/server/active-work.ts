/** What a replica that is told to stop has to wait for: requests, and responses that are made without a reader. */
export class ActiveWork {
  #count = 0
  readonly #waiting = new Set<() => void>()

  /** Returns how to tell that it is over; to be called once. */
  begin(): () => void {
    this.#count += 1
    return () => {
      this.#count -= 1
      if (this.#count === 0) for (const resolve of this.#waiting) resolve()
    }
  }

  /** False when the time, in milliseconds, is over first. */
  ended(milliseconds: number): Promise<boolean> {
    return new Promise(resolve => {
      if (this.#count === 0) return resolve(true)
      const timer = setTimeout(() => resolve(false), milliseconds)
      this.#waiting.add(() => {
        clearTimeout(timer)
        resolve(true)
      })
    })
  }
}

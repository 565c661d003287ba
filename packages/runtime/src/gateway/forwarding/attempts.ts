import type { Backend } from "../backend.ts"
import type { Backends } from "../backends.ts"

/** Which backends one request has been sent to, and which is next. */
export class Attempts {
  count = 0
  last: Backend | undefined
  readonly #backends: Backends
  readonly #client: string
  #tried: Set<Backend> | undefined
  #rounds = 0

  constructor(backends: Backends, client: string) {
    this.#backends = backends
    this.#client = client
  }

  /** A backend that has not been tried while there is one; undefined when no backend takes requests. */
  next(): Backend | undefined {
    const tried = this.#tried
    const backend =
      (tried === undefined ? undefined : this.#backends.choose(this.#client, tried)) ??
      this.#backends.choose(this.#client, none)
    if (backend !== undefined) {
      this.count += 1
      this.last = backend
    }
    return backend
  }

  /** Whether a healthy backend is left that has not been tried. */
  another(): boolean {
    return this.#backends.another(new Set([...(this.#tried ?? []), ...(this.last === undefined ? [] : [this.last])]))
  }

  /**
   * Notes that the last backend failed. Returns how long to wait before the next attempt, in milliseconds: 0 while
   * others are left, otherwise longer each time, from `first` up to ten times that.
   */
  failed(first: number): number {
    const { last } = this
    if (last === undefined) return 0
    this.#tried ??= new Set()
    this.#tried.add(last)
    if (this.#backends.choose(this.#client, this.#tried) !== undefined) return 0
    this.#tried = new Set([last])
    return first * Math.min(2 ** this.#rounds++, 10)
  }
}

const none: ReadonlySet<Backend> = new Set()

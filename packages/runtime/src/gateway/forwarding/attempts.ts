import type { AttemptFailure } from "../../http/answer-listener.ts"
import type { Backend } from "../backend.ts"
import type { OutgoingRequest } from "../client/outgoing-request.ts"
import type { Origin } from "../own-answer.ts"
import type { ForwardingContext } from "./forwarding-context.ts"

/** Which backends one request has been sent to, which is next, and whether there may be a next one. */
export class Attempts {
  count = 0
  last: Backend | undefined
  readonly #context: ForwardingContext
  readonly #request: OutgoingRequest
  readonly #startedAt = performance.now()
  #tried: Set<Backend> | undefined
  #rounds = 0
  /** Of `count`, those that no backend can have seen. */
  #unseen = 0
  /** A replica has said that it, or its model, is too busy. */
  #busy = false

  constructor(context: ForwardingContext, request: OutgoingRequest) {
    this.#context = context
    this.#request = request
  }

  /** Of an answer: the backend that was asked last, or the gateway. */
  get origin(): Origin {
    return this.last ?? this.#context.backends.origin
  }

  /** A backend that has not been tried while there is one; undefined when no backend takes requests. */
  next(): Backend | undefined {
    const { backends } = this.#context
    const { client } = this.#request
    const untried = this.#tried === undefined ? undefined : backends.choose(client, this.#tried)
    const backend = untried ?? backends.choose(client, none)
    if (backend !== undefined) {
      this.count += 1
      this.last = backend
    }
    return backend
  }

  /**
   * Whether another may follow. Offering it costs nobody anything, so that only time bounds it: a gateway without a
   * replica for a moment holds its requests. None begins after the time that a single one would have had.
   */
  mayRepeat(failure?: AttemptFailure): boolean {
    const { attempts, responseTimeout } = this.#context.settings()
    const spent = performance.now() - this.#startedAt
    const unseen = failure?.sent === false
    if (unseen && spent < this.#context.timing.hold) return true
    const count = unseen ? this.count : this.#seen
    return count < attempts && spent < responseTimeout && (this.#request.repeatable || unseen)
  }

  /**
   * Whether one that is under way may be given up for another. A machine that is merely busy fails checks too: the last
   * attempt is kept for a backend that really ends.
   */
  mayAbandon(): boolean {
    return this.#seen + 1 < this.#context.settings().attempts && this.mayRepeat() && this.#context.backends.healthy
  }

  /** When one replica is too busy another may not be. When two are, asking all of them would only add to it. */
  mayTryBesides(): boolean {
    const first = !this.#busy
    this.#busy = true
    return first && this.#context.backends.another(new Set([...(this.#tried ?? []), ...(this.last ? [this.last] : [])]))
  }

  /**
   * Notes that the last backend failed. Returns how long to wait before the next attempt, in milliseconds: 0 while
   * healthy ones are left, otherwise longer each time, from `timing.again` up to ten times that.
   */
  failed(failure?: AttemptFailure): number {
    const { last } = this
    if (last === undefined) return 0
    if (failure?.sent === false) this.#unseen += 1
    this.#tried ??= new Set()
    this.#tried.add(last)
    const { backends } = this.#context
    if (backends.another(this.#tried)) return 0
    if (backends.choose(this.#request.client, this.#tried) === undefined) this.#tried = new Set([last])
    return this.#context.timing.again * Math.min(2 ** this.#rounds++, 10)
  }

  get #seen(): number {
    return this.count - this.#unseen
  }
}

const none: ReadonlySet<Backend> = new Set()

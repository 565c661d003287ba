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

  /** Whether another may follow. None begins after the time that a single one would have had. */
  mayRepeat(failure?: AttemptFailure): boolean {
    const { attempts, responseTimeout } = this.#context.settings()
    return (
      this.count < attempts &&
      performance.now() < this.#startedAt + responseTimeout &&
      (this.#request.repeatable || failure?.sent === false)
    )
  }

  /**
   * Whether one that is under way may be given up for another. A machine that is merely busy fails checks too: the last
   * attempt is kept for a backend that really ends.
   */
  mayAbandon(): boolean {
    return this.count + 1 < this.#context.settings().attempts && this.mayRepeat() && this.#context.backends.healthy
  }

  /** When one replica is too busy another may not be. When two are, asking all of them would only add to it. */
  mayTryBesides(): boolean {
    const first = !this.#busy
    this.#busy = true
    return first && this.#context.backends.another(new Set([...(this.#tried ?? []), ...(this.last ? [this.last] : [])]))
  }

  /**
   * Notes that the last backend failed. Returns how long to wait before the next attempt, in milliseconds: 0 while
   * others are left, otherwise longer each time, from `timing.again` up to ten times that.
   */
  failed(): number {
    const { last } = this
    if (last === undefined) return 0
    this.#tried ??= new Set()
    this.#tried.add(last)
    if (this.#context.backends.choose(this.#request.client, this.#tried) !== undefined) return 0
    this.#tried = new Set([last])
    return this.#context.timing.again * Math.min(2 ** this.#rounds++, 10)
  }
}

const none: ReadonlySet<Backend> = new Set()

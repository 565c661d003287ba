import type { GatewaySettings } from "../../contract/index.ts"
import type { AnswerListener, AttemptFailure } from "../../http/answer-listener.ts"
import type { HttpConnection } from "../../http/http-connection.ts"
import type { Backend } from "../backend.ts"
import type { OutgoingRequest } from "../client/outgoing-request.ts"
import type { HealthEvidence } from "../health/backend-health.ts"
import { evidenceOfFailure } from "../health/evidence.ts"

/** One sending of a request to one backend: its connection, its deadline, and its place in the backend's counts. */
export class Attempt {
  readonly backend: Backend
  readonly #connection: HttpConnection
  readonly #startedAt = performance.now()
  /** Longest silence, and when the backend has been silent for that long, in milliseconds. */
  #silence: number
  #deadline = 0
  /** Nothing is read because the client does not take more: that is not the backend's silence. */
  #paused = false

  constructor(
    backend: Backend,
    { connectTimeout, responseTimeout }: Pick<GatewaySettings, "connectTimeout" | "responseTimeout">,
  ) {
    this.backend = backend
    this.#silence = responseTimeout
    this.#connection = backend.pool.take(connectTimeout)
    backend.active += 1
    backend.total += 1
    this.heard()
  }

  send({ method, bytes }: OutgoingRequest, listener: AnswerListener): void {
    this.#connection.send(method, bytes, listener)
  }

  /** The answer has begun; `silence` is how long it may pause. */
  begun(silence = this.#silence): void {
    this.#silence = silence
  }

  heard(): void {
    this.#deadline = performance.now() + this.#silence
  }

  pause(): void {
    this.#paused = true
    this.#connection.pause()
  }

  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    this.heard()
    this.#connection.resume()
  }

  overdue(now: number): boolean {
    return !this.#paused && now >= this.#deadline
  }

  record(evidence: HealthEvidence | undefined): void {
    if (evidence !== undefined) this.backend.record(evidence)
  }

  failed(failure: AttemptFailure): void {
    // Who answers others meanwhile is too busy to take a connection, not gone.
    if (failure.kind === "connect-timeout" && this.backend.heardSince(this.#startedAt)) return
    this.record(evidenceOfFailure(failure, performance.now()))
  }

  /** Ends the connection: its listener hears nothing more. */
  cut(): void {
    this.#connection.destroy()
  }

  /** It is over. */
  leave(): void {
    this.backend.active -= 1
  }
}

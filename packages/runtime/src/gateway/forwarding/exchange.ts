import type { AnswerListener, AttemptFailure } from "../../http/answer-listener.ts"
import type { HttpConnection } from "../../http/http-connection.ts"
import type { ResponseHead } from "../../http/response-head.ts"
import type { Backend, WaitingRequest } from "../backend.ts"
import type { AnswerSink, AnswerSource } from "../client/answer-sink.ts"
import type { OutgoingRequest } from "../client/outgoing-request.ts"
import type { HealthEvidence } from "../health/backend-health.ts"
import { evidenceOfAnswer, evidenceOfFailure } from "../health/evidence.ts"
import { encodeErrorAnswer } from "../wire/error-answer.ts"
import { answerHead } from "./answer-head.ts"
import { AnswerWriter } from "./answer-writer.ts"
import { Attempts } from "./attempts.ts"
import { failureAnswer, interruptedEvent } from "./failure-answer.ts"
import type { ForwardingContext } from "./forwarding-context.ts"
import { HeldAnswer } from "./held-answer.ts"
import { busyCodes, heldLimit, mayBeRetryable, retryableCode } from "./retryable-answer.ts"

/**
 * One request of a client and its answer. Until the answer begins, a failed attempt is followed by another on
 * another backend; afterwards a failure ends the answer.
 */
export class Exchange implements AnswerListener, AnswerSource, WaitingRequest {
  readonly #context: ForwardingContext
  readonly #request: OutgoingRequest
  readonly #sink: AnswerSink
  #writer: AnswerWriter
  readonly #attempts: Attempts
  readonly #startedAt = performance.now()
  /** `answering` from the moment that something goes to the client. */
  #phase: "waiting" | "answering" | "over" = "waiting"
  #backend: Backend | undefined
  #connection: HttpConnection | undefined
  /** Of the answer that has begun. */
  #status = 0
  /** An error answer of the current attempt that is being read. */
  #held: HeldAnswer | undefined
  /** The last one of an earlier attempt: better than nothing. */
  #fallback: HeldAnswer | undefined
  /** A replica has said that it, or its model, is too busy. */
  #busy = false
  #again: NodeJS.Timeout | undefined
  /** When the backend has been silent for too long, and how long that is, in milliseconds. */
  #deadline = 0
  #silence = 0
  /** The client does not take more for now. */
  #blocked = false

  constructor(context: ForwardingContext, request: OutgoingRequest, sink: AnswerSink) {
    this.#context = context
    this.#request = request
    this.#sink = sink
    this.#writer = new AnswerWriter(sink)
    this.#attempts = new Attempts(context.backends, request.client)
  }

  start(): void {
    this.#context.traffic.total += 1
    this.#context.traffic.active += 1
    this.#attempt()
  }

  answerHead(head: ResponseHead): void {
    if (mayBeRetryable(head) && this.#canRepeat(undefined)) this.#held = new HeldAnswer(head)
    else this.#begin(head)
  }

  answerData(content: Buffer): void {
    const held = this.#held
    if (held === undefined) {
      this.#writer.data(content)
      return
    }
    held.add(content)
    if (held.size > heldLimit) {
      this.#held = undefined
      this.#forward(held)
    }
  }

  answerEnd(): void {
    const held = this.#held
    if (held === undefined) this.#writer.end()
    else this.#judge(held)
  }

  answerPause(): void {
    if (this.#phase !== "answering") return
    const { ended } = this.#writer
    this.#deadline = performance.now() + this.#silence
    if (ended) this.#succeed()
    const more = this.#writer.flush()
    if (this.#writer.started) this.#request.bytes = []
    if (more || ended) return
    this.#blocked = true
    this.#connection?.pause()
  }

  answerFailed(failure: AttemptFailure): void {
    this.#report(evidenceOfFailure(failure, performance.now()))
    this.#leave()
    this.#held = undefined
    if (this.#phase === "answering" && !this.#writer.started) this.#takeBack()
    if (this.#phase === "answering") this.#break(failure.message)
    else if (this.#canRepeat(failure)) this.#repeat(failure.message)
    else this.#giveUp(failure)
  }

  abandon(reason: string): void {
    // Waiting on is better than giving up, or than asking the same backend from the start. A machine that is merely
    // busy fails checks too: the last attempt is kept for a backend that really ends.
    const spare = this.#attempts.count + 1 < this.#context.settings().attempts
    if (!spare || !this.#canRepeat(undefined) || !this.#context.backends.healthy) return
    this.#connection?.destroy()
    this.answerFailed({ kind: "abandoned", message: reason, stale: false, sent: true })
  }

  drained(): void {
    if (!this.#blocked) return
    this.#blocked = false
    this.#deadline = performance.now() + this.#silence
    this.#connection?.resume()
  }

  clientGone(): void {
    this.#connection?.destroy()
    this.#leave()
    this.#over()
  }

  sweep(now: number): void {
    if (this.#connection === undefined || this.#blocked || now < this.#deadline) return
    this.#connection.destroy()
    this.answerFailed({ kind: "timeout", message: "the replica was silent for too long", stale: false, sent: true })
  }

  interrupt(): void {
    this.#connection?.destroy()
    this.#leave()
    if (this.#phase === "answering") this.#break("the gateway stops")
    else this.#giveUp(undefined)
  }

  #attempt(): void {
    const backend = this.#attempts.next()
    if (backend === undefined) {
      this.#giveUp(undefined)
      return
    }
    const settings = this.#context.settings()
    this.#backend = backend
    backend.active += 1
    backend.total += 1
    backend.waiting.add(this)
    this.#silence = settings.responseTimeout
    this.#deadline = performance.now() + this.#silence
    this.#connection = backend.pool.take(settings.connectTimeout)
    this.#connection.send(this.#request.method, this.#request.bytes, this)
  }

  /** No new attempt begins after the time that a single one would have had. */
  #canRepeat(failure: AttemptFailure | undefined): boolean {
    const settings = this.#context.settings()
    return (
      this.#attempts.count < settings.attempts &&
      performance.now() < this.#startedAt + settings.responseTimeout &&
      (this.#request.repeatable || failure?.sent === false)
    )
  }

  #repeat(reason: string): void {
    const { traffic, timing, log } = this.#context
    traffic.retried += 1
    log.info({ request: this.#request.requestId, backend: this.#attempts.last?.id, reason }, "sending a request again")
    const wait = this.#attempts.failed(timing.again)
    if (wait === 0) this.#attempt()
    else this.#again = setTimeout(() => this.#attempt(), wait)
  }

  /** A complete error answer: either it asks for another attempt, or it is the answer. */
  #judge(held: HeldAnswer): void {
    this.#held = undefined
    const code = retryableCode(held.body)
    if (code === undefined || (busyCodes.has(code) && !this.#tryBesides())) {
      this.#forward(held)
      this.#writer.end()
      return
    }
    this.#fallback = held
    this.#report(evidenceOfAnswer(held.head.status, code, performance.now()))
    this.#leave()
    this.#repeat(`answered ${held.head.status} ${code}`)
  }

  /** When one replica is too busy another may not be. When two are, asking all of them would only add to it. */
  #tryBesides(): boolean {
    const first = !this.#busy
    this.#busy = true
    return first && this.#attempts.another()
  }

  #forward(held: HeldAnswer): void {
    this.#begin(held.head)
    for (const content of held.content) this.#writer.data(content)
  }

  #begin(head: ResponseHead): void {
    const { traffic, timing, draining } = this.#context
    const keepAlive = this.#request.keepAlive && !draining()
    const origin = this.#attempts.last ?? this.#context.backends.origin
    const { method, minor, requestId, idempotencyKey } = this.#request
    const answer = answerHead(head, { method, minor, requestId, idempotencyKey, keepAlive }, origin)
    this.#phase = "answering"
    this.#status = head.status
    this.#backend?.waiting.delete(this)
    if (answer.events) this.#silence = timing.streamSilence
    this.#writer.begin(answer.text, answer.framing, answer)
    traffic.answered(head.status, (performance.now() - this.#startedAt) / 1_000)
  }

  /** The answer broke in the very read that it began in: nothing of it has gone out. */
  #takeBack(): void {
    this.#phase = "waiting"
    this.#writer = new AnswerWriter(this.#sink)
  }

  #succeed(): void {
    this.#report(evidenceOfAnswer(this.#status, undefined, performance.now()))
    this.#leave()
    this.#over()
  }

  #break(reason: string): void {
    this.#context.traffic.broken += 1
    this.#context.log.warn(
      { request: this.#request.requestId, backend: this.#attempts.last?.id, reason },
      "answer broke off",
    )
    this.#over()
    this.#writer.interrupt(interruptedEvent())
  }

  #giveUp(failure: AttemptFailure | undefined): void {
    const { traffic, log, draining } = this.#context
    const { requestId, method } = this.#request
    const backend = this.#attempts.last
    traffic.failed += 1
    log.warn(
      { request: requestId, backend: backend?.id, attempts: this.#attempts.count, reason: failure?.message },
      "request failed",
    )
    const fallback = this.#fallback
    if (fallback !== undefined) {
      this.#forward(fallback)
      this.#writer.end()
      this.#over()
      this.#writer.flush()
      return
    }
    const keepAlive = this.#request.keepAlive && !draining()
    const error = failureAnswer(failure, this.#request, backend ?? this.#context.backends.origin)
    traffic.answered(error.status, (performance.now() - this.#startedAt) / 1_000)
    this.#over()
    this.#sink.write([encodeErrorAnswer(error, { close: !keepAlive, bodyless: method === "HEAD" })])
    this.#sink.finish(keepAlive)
  }

  #report(evidence: HealthEvidence | undefined): void {
    if (evidence !== undefined) this.#backend?.record(evidence)
  }

  #leave(): void {
    const backend = this.#backend
    this.#connection = undefined
    this.#backend = undefined
    if (backend === undefined) return
    backend.active -= 1
    backend.waiting.delete(this)
  }

  #over(): void {
    if (this.#phase === "over") return
    this.#phase = "over"
    clearTimeout(this.#again)
    this.#context.traffic.active -= 1
  }
}

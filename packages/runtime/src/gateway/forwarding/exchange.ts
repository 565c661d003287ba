import type { AnswerListener, AttemptFailure } from "../../http/answer-listener.ts"
import type { ResponseHead } from "../../http/response-head.ts"
import type { Backend } from "../backend.ts"
import type { AnswerSink, AnswerSource } from "../client/answer-sink.ts"
import type { OutgoingRequest } from "../client/outgoing-request.ts"
import { evidenceOfAnswer } from "../health/evidence.ts"
import { Attempt } from "./attempt.ts"
import { Attempts } from "./attempts.ts"
import { ClientAnswer } from "./client-answer.ts"
import type { ForwardingContext } from "./forwarding-context.ts"
import { HeldAnswer } from "./held-answer.ts"
import { busyCodes, mayBeRetryable, retryableCode } from "./retryable-answer.ts"

/**
 * One request of a client and its answer. Until the answer begins, a failed attempt is followed by another on
 * another backend; afterwards a failure ends the answer.
 */
export class Exchange implements AnswerListener, AnswerSource {
  readonly #context: ForwardingContext
  readonly #request: OutgoingRequest
  readonly #attempts: Attempts
  readonly #answer: ClientAnswer
  /** `answering` from the moment that something goes to the client. */
  #phase: "waiting" | "answering" | "over" = "waiting"
  /** The one that is under way. */
  #attempt: Attempt | undefined
  /** An error answer of the current attempt that is being read. */
  #held: HeldAnswer | undefined
  /** The last one of an earlier attempt: better than nothing. */
  #fallback: HeldAnswer | undefined
  #again: NodeJS.Timeout | undefined

  constructor(context: ForwardingContext, request: OutgoingRequest, sink: AnswerSink) {
    this.#context = context
    this.#request = request
    this.#attempts = new Attempts(context, request)
    this.#answer = new ClientAnswer(context, request, sink)
  }

  start(): void {
    this.#context.traffic.total += 1
    this.#context.traffic.active += 1
    this.#send()
  }

  answerHead(head: ResponseHead): void {
    if (mayBeRetryable(head) && this.#attempts.mayRepeat()) this.#held = new HeldAnswer(head)
    else this.#begin(head)
  }

  answerData(content: Buffer): void {
    const held = this.#held
    if (held === undefined) this.#answer.data(content)
    else if (!held.add(content)) {
      this.#held = undefined
      this.#forward(held)
    }
  }

  answerEnd(): void {
    const held = this.#held
    if (held === undefined) this.#answer.end()
    else this.#judge(held)
  }

  answerPause(): void {
    if (this.#phase !== "answering") return
    const { ended } = this.#answer
    this.#attempt?.heard()
    if (ended) this.#succeed()
    const more = this.#answer.flush()
    if (this.#answer.started) this.#request.bytes = []
    if (!more && !ended) this.#attempt?.pause()
  }

  answerFailed(failure: AttemptFailure): void {
    this.#attempt?.failed(failure)
    this.#leave()
    this.#held = undefined
    if (this.#phase === "answering" && !this.#answer.started) {
      // It broke in the very read that it began in.
      this.#answer.takeBack()
      this.#phase = "waiting"
    }
    if (this.#phase === "answering") this.#breakOff(failure.message)
    else if (this.#attempts.mayRepeat(failure)) this.#repeat(failure.message, failure)
    else this.#giveUp(failure)
  }

  /** Waiting on is better than giving up, or than asking the same backend from the start. */
  backendLost(backend: Backend, reason: string): void {
    if (this.#phase !== "waiting" || this.#attempt?.backend !== backend || !this.#attempts.mayAbandon()) return
    this.#attempt.cut()
    this.answerFailed({ kind: "abandoned", message: reason, stale: false, sent: true })
  }

  drained(): void {
    this.#attempt?.resume()
  }

  clientGone(): void {
    this.#attempt?.cut()
    this.#leave()
    this.#over()
  }

  sweep(now: number): void {
    if (this.#attempt?.overdue(now) !== true) return
    this.#attempt.cut()
    this.answerFailed({ kind: "timeout", message: "the replica was silent for too long", stale: false, sent: true })
  }

  interrupt(): void {
    this.#attempt?.cut()
    this.#leave()
    if (this.#phase === "answering") this.#break("the gateway stops")
    else this.#giveUp(undefined)
  }

  #send(): void {
    const backend = this.#attempts.next()
    if (backend === undefined) {
      this.#giveUp(undefined)
      return
    }
    this.#attempt = new Attempt(backend, this.#context.settings())
    this.#attempt.send(this.#request, this)
  }

  #repeat(reason: string, failure?: AttemptFailure): void {
    const { traffic, log } = this.#context
    traffic.retried += 1
    log.info(this.#details(reason), "sending a request again")
    const wait = this.#attempts.failed(failure)
    if (wait === 0) this.#send()
    else this.#again = setTimeout(() => this.#send(), wait)
  }

  /** A complete error answer: either it asks for another attempt, or it is the answer. */
  #judge(held: HeldAnswer): void {
    this.#held = undefined
    const code = retryableCode(held.body)
    if (code === undefined || (busyCodes.has(code) && !this.#attempts.mayTryBesides())) {
      this.#forward(held)
      this.#answer.end()
      return
    }
    this.#fallback = held
    this.#attempt?.record(evidenceOfAnswer(held.head.status, code, performance.now()))
    this.#leave()
    this.#repeat(`answered ${held.head.status} ${code}`)
  }

  #forward(held: HeldAnswer): void {
    this.#begin(held.head)
    for (const content of held.content) this.#answer.data(content)
  }

  #begin(head: ResponseHead): void {
    this.#phase = "answering"
    const events = this.#answer.begin(head, this.#attempts.origin)
    this.#attempt?.begun(events ? this.#context.timing.streamSilence : undefined)
  }

  #succeed(): void {
    this.#attempt?.record(evidenceOfAnswer(this.#answer.status, undefined, performance.now()))
    this.#leave()
    this.#over()
  }

  /** The replica's doing. */
  #breakOff(reason: string): void {
    if (this.#answer.events) this.#context.traffic.streamsBroken += 1
    this.#break(reason)
  }

  #break(reason: string): void {
    const { traffic, log } = this.#context
    traffic.broken += 1
    log.warn(this.#details(reason), "answer broke off")
    this.#over()
    this.#answer.interrupt()
  }

  #giveUp(failure: AttemptFailure | undefined): void {
    const { traffic, log } = this.#context
    traffic.failed += 1
    log.warn({ ...this.#details(failure?.message), attempts: this.#attempts.count }, "request failed")
    if (this.#fallback === undefined) {
      this.#over()
      this.#answer.refuse(failure, this.#attempts.origin)
      return
    }
    this.#forward(this.#fallback)
    this.#answer.end()
    this.#over()
    this.#answer.flush()
  }

  #details(reason: string | undefined) {
    return { request: this.#request.requestId, backend: this.#attempts.last?.id, reason }
  }

  #leave(): void {
    this.#attempt?.leave()
    this.#attempt = undefined
  }

  #over(): void {
    if (this.#phase === "over") return
    this.#phase = "over"
    clearTimeout(this.#again)
    this.#context.traffic.active -= 1
  }
}

import type { AttemptFailure } from "../../http/answer-listener.ts"
import type { ResponseHead } from "../../http/response-head.ts"
import type { AnswerSink } from "../client/answer-sink.ts"
import type { OutgoingRequest } from "../client/outgoing-request.ts"
import type { Origin } from "../own-answer.ts"
import { encodeErrorAnswer } from "../wire/error-answer.ts"
import { answerHead } from "./answer-head.ts"
import { AnswerWriter } from "./answer-writer.ts"
import { failureAnswer, interruptedEvent } from "./failure-answer.ts"
import type { ForwardingContext } from "./forwarding-context.ts"

/** What the client of one request gets: a backend's answer as it comes, or one of the gateway's own. */
export class ClientAnswer {
  /** Of the answer that has begun. */
  status = 0
  /** It is an event stream. */
  events = false
  readonly #context: ForwardingContext
  readonly #request: OutgoingRequest
  readonly #sink: AnswerSink
  readonly #askedAt = performance.now()
  #writer: AnswerWriter

  constructor(context: ForwardingContext, request: OutgoingRequest, sink: AnswerSink) {
    this.#context = context
    this.#request = request
    this.#sink = sink
    this.#writer = new AnswerWriter(sink)
  }

  /** Something has been sent. */
  get started(): boolean {
    return this.#writer.started
  }

  /** Nothing more will come. */
  get ended(): boolean {
    return this.#writer.ended
  }

  /** Returns whether it is an event stream. */
  begin(head: ResponseHead, origin: Origin): boolean {
    const { method, minor, requestId, idempotencyKey } = this.#request
    const asked = { method, minor, requestId, idempotencyKey, keepAlive: this.#keepAlive }
    const answer = answerHead(head, asked, origin)
    this.#writer.begin(answer.text, answer.framing, answer)
    this.#answered(head.status)
    this.events = answer.events
    return answer.events
  }

  data(content: Buffer): void {
    this.#writer.data(content)
  }

  end(): void {
    this.#writer.end()
  }

  /** Sends what has come. False: the client cannot take more for now. */
  flush(): boolean {
    return this.#writer.flush()
  }

  /** Nothing of it has gone out, and nothing of it will: another may begin. */
  takeBack(): void {
    this.#writer = new AnswerWriter(this.#sink)
  }

  /** Ends it in the middle, so that the client notices. */
  interrupt(): void {
    this.#writer.interrupt(interruptedEvent())
  }

  /** Says that no backend has answered. `failure`: the last one. */
  refuse(failure: AttemptFailure | undefined, origin: Origin): void {
    const keepAlive = this.#keepAlive
    const error = failureAnswer(failure, this.#request, origin)
    this.#answered(error.status)
    this.#sink.write([encodeErrorAnswer(error, { close: !keepAlive, bodyless: this.#request.method === "HEAD" })])
    this.#sink.finish(keepAlive)
  }

  get #keepAlive(): boolean {
    return this.#request.keepAlive && !this.#context.draining()
  }

  #answered(status: number): void {
    this.status = status
    this.#context.traffic.answered(status, (performance.now() - this.#askedAt) / 1_000)
  }
}

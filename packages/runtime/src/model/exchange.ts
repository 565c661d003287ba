import type { Deadlines } from "../contract/index.ts"
import type { AnswerListener, AttemptFailure } from "../http/answer-listener.ts"
import type { HttpConnection } from "../http/http-connection.ts"
import type { ResponseHead } from "../http/response-head.ts"
import { ExchangeError, failedAttempt } from "./exchange-error.ts"
import { Silence } from "./silence.ts"

/** What an exchange needs of the connection that carries it. */
export type ExchangeConnection = Pick<HttpConnection, "send" | "pause" | "resume" | "destroy">

/** Bytes that may wait for the consumer before reading stops. */
const highWater = 256 * 1_024
/** Milliseconds that a screen shows one picture. */
const frame = 16
/** Bytes that are more than a model says in a frame. */
const muchForFrame = 16 * 1_024

/**
 * One request to an upstream and its answer, under deadlines. Bytes are pulled; all that one read brought comes
 * together. After what a quick model says the next read follows in a frame's time: nobody would see it sooner, and each
 * read, and the write to the client that it leads to, costs more than everything that is done with its bytes. A model
 * that leaves more time between its events, and the first event of any, never waits.
 */
export class Exchange implements AnswerListener {
  readonly #deadlines: Deadlines
  readonly #signal: AbortSignal
  readonly #silence: Silence
  #connection: ExchangeConnection | undefined
  /** `sent`: no response header yet. `answering`: header here. `speaking`: first event here. */
  #phase: "connecting" | "sent" | "answering" | "speaking" | "ended" = "connecting"
  #head: ResponseHead | undefined
  #queue: Buffer[] = []
  #queued = 0
  #failure: unknown
  #wake: (() => void) | undefined
  /** Until it is over nothing is read. */
  #frame: NodeJS.Timeout | undefined
  /** Monotonic milliseconds of the last read, or of the end of a frame. */
  #listeningSince = 0
  #discarding = false

  constructor(deadlines: Deadlines, signal: AbortSignal) {
    this.#deadlines = deadlines
    this.#signal = signal
    this.#silence = new Silence(deadlines.firstToken, this.#onSilence)
    signal.addEventListener("abort", this.#onAbort)
    if (signal.aborted) this.#onAbort()
  }

  get status(): number {
    return this.#head?.status ?? 0
  }

  /** Name in lower case; undefined when there is none. */
  header(name: string): string | undefined {
    const fields = this.#head?.fields ?? []
    for (let at = 0; at < fields.length; at += 2) if (fields[at] === name) return fields[at + 1]
    return undefined
  }

  begin(connection: ExchangeConnection, request: Buffer): void {
    this.#connection = connection
    connection.send("POST", [request], this)
  }

  /** Waits for status and headers. Throws `ExchangeError` or the signal's reason. */
  async head(): Promise<void> {
    while (this.#head === undefined && this.#phase !== "ended") await this.#wait()
    if (this.#failure !== undefined) throw this.#failure
  }

  /** Waits for more of the body; undefined at its end. Throws `ExchangeError` or the signal's reason. */
  async next(): Promise<readonly Buffer[] | undefined> {
    while (this.#queued === 0 && this.#phase !== "ended") await this.#wait()
    // What has arrived is handed out before a failure is reported.
    if (this.#queued > 0) return this.#take()
    if (this.#failure !== undefined) throw this.#failure
    return undefined
  }

  /** An event has arrived: the gap to the next one is measured from here. */
  progress(): void {
    if (this.#phase === "answering") this.#phase = "speaking"
    this.#silence.progress(this.#deadlines.betweenTokens)
  }

  /** Nobody wants the rest. Closes the connection unless the answer has ended. */
  cancel(): void {
    this.#fail(new ExchangeError("broken", "was no longer wanted"))
  }

  /** Nothing of interest follows: lets the answer end by itself, so that the connection can be used again. */
  finish(): void {
    if (this.#phase === "ended") return
    this.#signal.removeEventListener("abort", this.#onAbort)
    this.#discarding = true
    this.#queue = []
    this.#queued = 0
    this.#endFrame()
    this.#connection?.resume()
    this.#silence.progress(lingering)
    this.#silence.begin()
  }

  requestSent(): void {
    this.#phase = "sent"
    if (this.#wake !== undefined) this.#silence.begin()
  }

  answerHead(head: ResponseHead): void {
    this.#phase = "answering"
    this.#head = head
  }

  answerData(content: Buffer): void {
    if (this.#discarding || this.#phase === "ended") return
    this.#queue.push(content)
    this.#queued += content.length
  }

  answerPause(): void {
    if (this.#discarding || this.#phase === "ended") return
    const now = performance.now()
    const quick = this.#phase === "speaking" && now - this.#listeningSince < frame
    this.#listeningSince = now
    if (this.#queued > highWater) this.#connection?.pause()
    else if (quick && this.#queued < muchForFrame) this.#rest()
    this.#notify()
  }

  answerEnd(): void {
    this.#end()
  }

  answerFailed(failure: AttemptFailure): void {
    this.#fail(failedAttempt(failure, this.#deadlines.connect))
  }

  readonly #onAbort = () => this.#fail(this.#signal.reason)

  readonly #onSilence = () => {
    const { firstToken, betweenTokens } = this.#deadlines
    const after = {
      connecting: "",
      sent: `sent nothing within ${firstToken} ms`,
      answering: `sent no event within ${firstToken} ms`,
      speaking: `was silent for ${betweenTokens} ms in the middle of an answer`,
      ended: "",
    }
    this.#fail(new ExchangeError("timeout", after[this.#phase]))
  }

  #take(): readonly Buffer[] {
    const batch = this.#queue
    const paused = this.#queued > highWater
    this.#queue = []
    this.#queued = 0
    if (paused) this.#connection?.resume()
    return batch
  }

  #wait(): Promise<void> {
    if (this.#phase !== "connecting") this.#silence.begin()
    return new Promise(resolve => {
      this.#wake = resolve
    })
  }

  #rest(): void {
    this.#connection?.pause()
    this.#frame = setTimeout(this.#onFrameEnd, frame)
  }

  readonly #onFrameEnd = () => {
    this.#endFrame()
    this.#listeningSince = performance.now()
    this.#connection?.resume()
  }

  #endFrame(): void {
    clearTimeout(this.#frame)
    this.#frame = undefined
  }

  #notify(): void {
    const wake = this.#wake
    if (wake === undefined) return
    this.#wake = undefined
    this.#silence.end()
    wake()
  }

  #fail(failure: unknown): void {
    if (this.#phase === "ended") return
    this.#failure = failure
    const connection = this.#connection
    this.#end()
    connection?.destroy()
  }

  #end(): void {
    this.#phase = "ended"
    // It may serve others from now on.
    this.#connection = undefined
    this.#silence.stop()
    this.#endFrame()
    this.#signal.removeEventListener("abort", this.#onAbort)
    this.#notify()
  }
}

/** How long an answer may take to end after its last event, in milliseconds, before its connection is given up. */
const lingering = 1_000

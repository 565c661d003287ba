import type { IncomingHttpHeaders } from "node:http"
import type { Dispatcher } from "undici"
import type { Deadlines } from "../contract/index.ts"
import { learnConnection } from "./kept-connection.ts"
import { Silence } from "./silence.ts"

/** Why an exchange ended badly, in terms of HTTP; `UpstreamConnection` turns it into an `UpstreamError`. */
export class ExchangeError extends Error {
  override readonly name = "ExchangeError"
  readonly reason: "unreachable" | "timeout" | "broken"
  /** How far it got. */
  readonly phase: ExchangePhase

  constructor(reason: ExchangeError["reason"], phase: ExchangePhase, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.reason = reason
    this.phase = phase
  }
}

/** `sent`: no response header yet. `answering`: header here. `speaking`: first event here. */
export type ExchangePhase = "connecting" | "sent" | "answering" | "speaking" | "ended"

/** Bytes that may wait for the consumer before the socket is paused. */
const highWater = 256 * 1_024
/** Milliseconds that a screen shows one picture. */
const frame = 16
/** Bytes that are more than a model says in a frame. */
const muchForFrame = 16 * 1_024

/**
 * One request to an upstream and its answer, under deadlines. Bytes are pulled; all that arrived together comes
 * together, because undici calls back per HTTP chunk and a promise per chunk would be most of the work. For the same
 * reason what follows the last batch within a frame waits for the frame's end: nobody would see it sooner, and every
 * batch costs a write to the client. A model that is slower than that, and the first event of any, never waits.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly #deadlines: Deadlines
  readonly #signal: AbortSignal
  readonly #silence: Silence
  #controller: Dispatcher.DispatchController | undefined
  #phase: ExchangePhase = "connecting"
  #queue: Buffer[] = []
  #queued = 0
  #failure: unknown
  #wake: (() => void) | undefined
  /** Monotonic milliseconds at which the last batch was handed out. */
  #tookAt = 0
  #frameEnd: NodeJS.Timeout | undefined
  #discarding = false
  /** It was sent on a connection that had served others before, which the other side may have closed meanwhile. */
  kept = false
  status = 0
  headers: IncomingHttpHeaders = {}

  constructor(deadlines: Deadlines, signal: AbortSignal) {
    this.#deadlines = deadlines
    this.#signal = signal
    this.#silence = new Silence(deadlines.connect, this.#onSilence)
    signal.addEventListener("abort", this.#onAbort)
    if (signal.aborted) this.#onAbort()
  }

  /** Waits for status and headers. Throws `ExchangeError` or the signal's reason. */
  async head(): Promise<void> {
    while (this.status === 0 && this.#phase !== "ended") await this.#wait()
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

  /** Nobody wants the rest. Closes the socket unless the answer has ended. */
  cancel(): void {
    this.#fail(new ExchangeError("broken", this.#phase, "was no longer wanted"))
  }

  /** Nothing of interest follows: lets the answer end by itself, so that the connection can be used again. */
  finish(): void {
    if (this.#phase === "ended") return
    this.#signal.removeEventListener("abort", this.#onAbort)
    this.#discarding = true
    this.#queue = []
    this.#queued = 0
    this.#controller?.resume()
    this.#silence.progress(lingering)
    this.#silence.begin()
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#phase === "ended") {
      controller.abort(new Error("cancelled"))
      return
    }
    this.#phase = "sent"
    learnConnection(this)
    this.#silence.progress(this.#deadlines.firstToken)
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200) return
    this.#phase = "answering"
    this.status = status
    this.headers = headers
    this.#notify()
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#phase === "ended" || this.#discarding) return
    this.#queue.push(chunk)
    this.#queued += chunk.length
    if (this.#queued > highWater) controller.pause()
    this.#notifyInFrame()
  }

  onResponseEnd(): void {
    this.#end()
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    const reason = this.#phase !== "connecting" ? "broken" : isTimeout(error) ? "timeout" : "unreachable"
    this.#fail(new ExchangeError(reason, this.#phase, describe(reason, error), error))
  }

  readonly #onAbort = () => this.#fail(this.#signal.reason)

  readonly #onSilence = () => {
    const after = {
      connecting: `did not accept a connection within ${this.#deadlines.connect} ms`,
      sent: `sent nothing within ${this.#deadlines.firstToken} ms`,
      answering: `sent no event within ${this.#deadlines.firstToken} ms`,
      speaking: `was silent for ${this.#deadlines.betweenTokens} ms in the middle of an answer`,
      ended: "",
    }
    this.#fail(new ExchangeError("timeout", this.#phase, after[this.#phase]))
  }

  #take(): readonly Buffer[] {
    const batch = this.#queue
    const paused = this.#queued > highWater
    this.#queue = []
    this.#queued = 0
    this.#tookAt = performance.now()
    // Last, because it calls `onResponseData` before it returns.
    if (paused) this.#controller?.resume()
    return batch
  }

  #wait(): Promise<void> {
    this.#silence.begin()
    return new Promise(resolve => {
      this.#wake = resolve
    })
  }

  #notifyInFrame(): void {
    if (this.#wake === undefined) return
    this.#silence.end()
    if (this.#phase !== "speaking" || this.#queued > muchForFrame) {
      this.#notify()
      return
    }
    if (this.#frameEnd !== undefined) return
    const left = this.#tookAt + frame - performance.now()
    if (left <= 0) this.#notify()
    else this.#frameEnd = setTimeout(this.#onFrameEnd, left)
  }

  readonly #onFrameEnd = () => {
    this.#frameEnd = undefined
    if (this.#queued > 0) this.#notify()
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
    this.#end()
    this.#controller?.abort(new Error("cancelled"))
  }

  #end(): void {
    this.#phase = "ended"
    this.#silence.stop()
    clearTimeout(this.#frameEnd)
    this.#signal.removeEventListener("abort", this.#onAbort)
    this.#notify()
  }
}

/** How long an answer may take to end after its last event, in milliseconds, before its connection is given up. */
const lingering = 1_000

function isTimeout(error: Error): boolean {
  const code = "code" in error ? error.code : undefined
  return code === "UND_ERR_CONNECT_TIMEOUT" || code === "ETIMEDOUT"
}

function describe(reason: ExchangeError["reason"], error: Error): string {
  const code = "code" in error && typeof error.code === "string" ? ` (${error.code})` : ""
  if (reason === "unreachable") return `cannot be reached${code}`
  if (reason === "timeout") return `did not accept a connection in time${code}`
  return `broke the connection off${code}`
}

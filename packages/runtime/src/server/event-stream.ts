import type { OutgoingHttpHeaders, ServerResponse } from "node:http"
import type { FastifyReply } from "fastify"
import { retryableCodes } from "../contract/index.ts"
import { ClientGone } from "./client-signal.ts"
import type { RequestError } from "./request-error.ts"

/** An answer of server-sent events. It opens with its first write, or when the first heartbeat is due. */
export interface EventStream {
  readonly opened: boolean
  /** How it was ended; undefined while it is not. */
  readonly ending: "completed" | "told" | undefined
  /** Complete events. Settles when more can be taken; throws when the client is gone. */
  write(events: string | Uint8Array): Promise<void> | undefined
  /** Ends with the error as a typed event, after the events given; only when opened. */
  fail(error: RequestError, before?: string): void
  end(events?: string): void
  /** Stops the heartbeat of a stream that was never opened. */
  [Symbol.dispose](): void
}

export interface EventStreamOptions {
  /** Longest silence, in milliseconds. */
  readonly heartbeat: number
  readonly contentType?: string
  /** Called when the first byte goes out. */
  readonly onOpen: () => void
}

export function createEventStream(reply: FastifyReply, options: EventStreamOptions): EventStream {
  return new ReplyStream(reply, options)
}

/** The event that ends a stream which cannot be finished. */
export function errorEvent({ client }: RequestError): string {
  const { code, message, param } = client
  const retryable = code !== null && retryableCodes.has(code)
  return `event: error\ndata: ${JSON.stringify({ type: "error", code, message, param, retryable })}\n\n`
}

class ReplyStream implements EventStream {
  opened = false
  ending: EventStream["ending"]
  readonly #reply: FastifyReply
  readonly #raw: ServerResponse
  readonly #options: EventStreamOptions
  #heartbeat: NodeJS.Timeout
  /** Monotonic milliseconds of the last write. */
  #wroteAt = performance.now()

  constructor(reply: FastifyReply, options: EventStreamOptions) {
    this.#reply = reply
    this.#raw = reply.raw
    this.#options = options
    this.#heartbeat = setTimeout(() => this.#beat(), options.heartbeat)
    this.#raw.once("close", () => clearTimeout(this.#heartbeat))
  }

  write(events: string | Uint8Array): Promise<void> | undefined {
    this.#open()
    // Nothing that the client could see: the silence goes on.
    if (events.length === 0) return undefined
    this.#wroteAt = performance.now()
    if (this.#raw.write(events)) return undefined
    return this.#drained()
  }

  fail(error: RequestError, before = ""): void {
    this.ending = "told"
    this.end(before + errorEvent(error))
  }

  end(events?: string): void {
    this.#open()
    this.ending ??= "completed"
    clearTimeout(this.#heartbeat)
    this.#raw.end(events)
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#heartbeat)
  }

  #open(): void {
    if (this.opened) return
    this.opened = true
    this.#reply.hijack()
    this.#options.onOpen()
    this.#raw.writeHead(200, {
      ...(this.#reply.getHeaders() as OutgoingHttpHeaders),
      "content-type": this.#options.contentType ?? "text/event-stream; charset=utf-8",
      "cache-control": "no-cache, no-transform",
      "x-accel-buffering": "no",
    })
  }

  /** Writes do not move the timer, for there are many; it looks when the last one was instead. */
  #beat(): void {
    const silent = performance.now() - this.#wroteAt
    // A client that does not read gets no heartbeats either: they would only pile up.
    if (silent >= this.#options.heartbeat && !this.#raw.writableNeedDrain) {
      this.write(": keep-alive\n\n")?.catch(() => {})
    }
    const next = silent >= this.#options.heartbeat ? this.#options.heartbeat : this.#options.heartbeat - silent
    this.#heartbeat = setTimeout(() => this.#beat(), next)
  }

  #drained(): Promise<void> {
    return new Promise((resolve, reject) => {
      const onDrain = () => {
        this.#raw.off("close", onClose)
        resolve()
      }
      const onClose = () => {
        this.#raw.off("drain", onDrain)
        reject(new ClientGone("The client closed its connection."))
      }
      this.#raw.once("drain", onDrain).once("close", onClose)
    })
  }
}

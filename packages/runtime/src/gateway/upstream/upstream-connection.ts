import net from "node:net"
import type { AnswerListener, AttemptFailure } from "./answer-listener.ts"
import { AnswerReader } from "./answer-reader.ts"

/** What a connection tells the pool that it belongs to. */
export interface ConnectionOwner {
  /** The answer is complete and the connection may carry another request, for `idle` milliseconds at most. */
  released(connection: UpstreamConnection, idle: number | undefined): void
  closed(connection: UpstreamConnection): void
}

/** One keep-alive connection to a backend; one request at a time, never pipelined. */
export class UpstreamConnection {
  /** When an idle connection is thrown away, in milliseconds of the pool's clock. */
  expiresAt = 0
  readonly #socket: net.Socket
  readonly #owner: ConnectionOwner
  #reader: AnswerReader | undefined
  #listener: AnswerListener | undefined
  #connectTimer: NodeJS.Timeout | undefined
  #connected = false
  #requests = 0
  #error: Error | undefined

  constructor(address: { host: string; port: number }, connectTimeout: number, owner: ConnectionOwner) {
    this.#owner = owner
    this.#socket = net.connect({ host: address.host, port: address.port, noDelay: true, keepAlive: true })
    this.#connectTimer = setTimeout(() => this.#fail("connect-timeout", "connection timed out"), connectTimeout)
    this.#socket.on("connect", () => {
      this.#connected = true
      clearTimeout(this.#connectTimer)
    })
    this.#socket.on("data", bytes => this.#read(bytes))
    this.#socket.on("end", () => this.#ended())
    this.#socket.on("error", error => {
      this.#error = error
    })
    this.#socket.on("close", () => this.#closed())
  }

  /** Sends a request whose bytes are complete; its answer goes to the listener. */
  send(method: string, parts: readonly Buffer[], listener: AnswerListener): void {
    this.#requests += 1
    this.#listener = listener
    this.#reader = new AnswerReader(method, listener)
    const [head, body] = parts
    if (head === undefined) return
    if (body === undefined) {
      this.#socket.write(head)
      return
    }
    this.#socket.cork()
    this.#socket.write(head)
    this.#socket.write(body)
    this.#socket.uncork()
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  /** Ends the connection at once, and with it the request: the backend sees the client leave. */
  destroy(): void {
    this.#listener = undefined
    this.#reader = undefined
    clearTimeout(this.#connectTimer)
    this.#socket.destroy()
  }

  #read(bytes: Buffer): void {
    const reader = this.#reader
    const listener = this.#listener
    if (reader === undefined || listener === undefined) {
      // Nothing was asked: whatever this is must not be taken for the next answer.
      this.#socket.destroy()
      return
    }
    const valid = reader.read(bytes)
    // The listener may have given up during the read.
    if (this.#listener !== listener) return
    if (!valid && !reader.done) {
      this.#fail("malformed", "the answer is not valid HTTP/1.1")
      return
    }
    listener.answerPause()
    if (reader.done && this.#listener === listener) this.#finish(reader, valid)
  }

  #finish(reader: AnswerReader, clean: boolean): void {
    this.#listener = undefined
    this.#reader = undefined
    if (clean && reader.reusable && !this.#socket.destroyed && this.#socket.writableLength === 0) {
      this.#socket.resume()
      this.#owner.released(this, reader.idle)
      return
    }
    this.#socket.destroy()
  }

  #ended(): void {
    const reader = this.#reader
    const listener = this.#listener
    if (reader !== undefined && listener !== undefined && reader.end()) {
      listener.answerPause()
      this.#listener = undefined
    }
    this.#socket.destroy()
  }

  #closed(): void {
    clearTimeout(this.#connectTimer)
    const code = this.#error === undefined ? "" : ((this.#error as NodeJS.ErrnoException).code ?? this.#error.message)
    if (this.#connected) this.#fail("reset", code === "" ? "connection closed before the answer was complete" : code)
    else this.#fail("refused", code === "" ? "connection refused" : code)
    this.#owner.closed(this)
  }

  #fail(kind: AttemptFailure["kind"], message: string): void {
    const listener = this.#listener
    const stale = kind === "reset" && this.#requests > 1 && this.#reader?.started === false
    this.destroy()
    listener?.answerFailed({ kind, message, stale, sent: this.#connected })
  }
}

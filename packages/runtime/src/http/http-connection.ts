import net from "node:net"
import tls from "node:tls"
import type { AnswerListener, AttemptFailure } from "./answer-listener.ts"
import { AnswerReader } from "./answer-reader.ts"

export interface Address {
  readonly host: string
  readonly port: number
  /** Speak TLS, and trust whom Node trusts. */
  readonly secure?: boolean
  /** Takes the place of `net.connect` where TLS is not spoken. */
  readonly connect?: (options: net.TcpNetConnectOpts) => net.Socket
}

/** What a connection tells the pool that it belongs to. */
export interface ConnectionOwner {
  /** The answer is complete and the connection may carry another request, for `idle` milliseconds at most. */
  released(connection: HttpConnection, idle: number | undefined): void
  closed(connection: HttpConnection): void
  /** Something came from the server. */
  heard(): void
}

/** One keep-alive connection to a server; one request at a time, never pipelined. */
export class HttpConnection {
  /** When an idle connection is thrown away, in milliseconds of the pool's clock. */
  expiresAt = 0
  readonly #socket: net.Socket
  readonly #owner: ConnectionOwner
  #reader: AnswerReader | undefined
  #listener: AnswerListener | undefined
  #connectTimer: NodeJS.Timeout | undefined
  #connected = false
  #paused = false
  #requests = 0
  #error: Error | undefined

  constructor(address: Address, connectTimeout: number, owner: ConnectionOwner) {
    this.#owner = owner
    this.#socket = connect(address, bytes => {
      this.#read(bytes)
      return !this.#paused
    })
    this.#connectTimer = setTimeout(() => this.#overdue(), connectTimeout)
    this.#socket.on(address.secure === true ? "secureConnect" : "connect", () => {
      this.#connected = true
      clearTimeout(this.#connectTimer)
      this.#listener?.requestSent?.()
    })
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
    if (this.#connected) listener.requestSent?.()
    if (parts.length > 1) this.#socket.cork()
    for (const part of parts) this.#socket.write(part)
    if (parts.length > 1) this.#socket.uncork()
  }

  /**
   * To be called while a read is handed over, to have no other for now: what comes waits with the system, and then
   * comes with one read.
   */
  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    this.#socket.resume()
  }

  /** Ends the connection at once, and with it the request: the server sees its client leave. */
  destroy(): void {
    this.#listener = undefined
    this.#reader = undefined
    clearTimeout(this.#connectTimer)
    this.#socket.destroy()
  }

  /** A process that had no processor for long sees its timers before what has come meanwhile: that is looked at first. */
  #overdue(): void {
    setImmediate(() => {
      if (!this.#connected && !this.#socket.destroyed) this.#fail("connect-timeout", "connection timed out")
    })
  }

  #read(bytes: Buffer): void {
    this.#owner.heard()
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
      this.#paused = false
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

/** `read` tells whether it takes more. */
function connect(
  { host, port, secure, connect: dial = net.connect }: Address,
  read: (bytes: Buffer) => boolean,
): net.Socket {
  const options = {
    host,
    port,
    noDelay: true,
    keepAlive: true,
    onread: {
      buffer: readBuffer,
      callback(length: number, buffer: Uint8Array) {
        return read(Buffer.from(buffer.subarray(0, length)))
      },
    },
  }
  const socket =
    secure === true
      ? tls.connect({ ...options, ALPNProtocols: ["http/1.1"], ...(net.isIP(host) === 0 && { servername: host }) })
      : dial(options)
  // Nothing comes this way, but the end is told only when somebody reads.
  return socket.resume()
}

/** For all connections: what is read into it is copied before anything else is. Node would allocate as much for each read. */
const readBuffer = Buffer.allocUnsafeSlow(65_536)

import type { Socket } from "node:net"
import type { Backend } from "../backend.ts"
import type { Origin } from "../own-answer.ts"
import type { Timing } from "../timing.ts"
import type { RequestHead } from "../wire/request-head.ts"
import type { AnswerSink, AnswerSource } from "./answer-sink.ts"
import { type BodyMemory, BodyShare } from "./body-memory.ts"
import { overloaded, refusal, tooSlow } from "./refusal.ts"
import { type RequestEvent, type RequestFault, RequestReader } from "./request-reader.ts"
import { canonicalAddress } from "./trusted-proxies.ts"

/** What a connection needs of the server. */
export interface ConnectionHost {
  readonly timing: Timing
  readonly bodies: BodyMemory
  bodyLimit(): number
  /** Of the host's own answers. */
  origin(): Origin
  draining(): boolean
  /** Answers a request, through the connection. */
  handle(head: RequestHead, body: Buffer, connection: ClientConnection): void
  refused(status: number): void
  /** A client is not read until its turn. */
  heldBack(): void
  closed(connection: ClientConnection): void
}

/**
 * A client's connection: reads one request at a time, and the next only after the answer, so that answers keep the
 * order of pipelined requests.
 */
export class ClientConnection implements AnswerSink {
  /** The peer's address. */
  readonly address: string
  readonly #socket: Socket
  readonly #host: ConnectionHost
  readonly #reader = new RequestReader()
  #source: AnswerSource | undefined
  /** `lingering`: nothing more is answered; what still comes is thrown away until the client closes. */
  #phase: "reading" | "answering" | "lingering" = "reading"
  #deadline: number
  #armedFor: RequestReader["position"] | undefined
  #advancing = false
  readonly #body: BodyShare

  constructor(socket: Socket, host: ConnectionHost) {
    this.#socket = socket
    this.#host = host
    this.#body = new BodyShare(host.bodies)
    this.address = canonicalAddress(socket.remoteAddress ?? "")
    this.#deadline = performance.now() + host.timing.head
    socket.on("data", bytes => this.#read(bytes))
    socket.on("drain", () => this.#source?.drained())
    // Whoever stops sending has left, unless everything is answered: then the rest of the answer is still on its way.
    socket.on("end", () => {
      if (this.#phase !== "lingering") this.#socket.destroy()
    })
    socket.on("error", () => {})
    socket.on("close", () => this.#closed())
  }

  /** Names who answers the current request, and so hears about the client. */
  attach(source: AnswerSource): void {
    this.#source = source
  }

  write(pieces: readonly Buffer[]): boolean {
    // Whoever answers cannot repeat the request any more, and so keeps no body.
    this.#body.hold(0)
    this.#deadline = performance.now() + this.#host.timing.stalled
    const [first] = pieces
    if (pieces.length === 1 && first !== undefined) return this.#socket.write(first)
    this.#socket.cork()
    let more = true
    for (const piece of pieces) more = this.#socket.write(piece)
    this.#socket.uncork()
    return more
  }

  finish(keepAlive: boolean): void {
    this.#source = undefined
    // An answer that began before the drain promised to keep the connection; nobody has to.
    if (!keepAlive || this.#host.draining()) {
      this.#linger()
      return
    }
    this.#phase = "reading"
    if (this.#socket.isPaused()) this.#socket.resume()
    if (!this.#advancing) this.#advance()
  }

  truncate(): void {
    this.#source = undefined
    this.#socket.destroy()
  }

  /** The server stops: an idle connection ends now, any other after its answer. */
  drain(): void {
    if (this.#phase === "reading" && this.#reader.position === "between") this.#socket.destroy()
  }

  backendLost(backend: Backend, reason: string): void {
    this.#source?.backendLost(backend, reason)
  }

  /** The server stops waiting. */
  interrupt(): void {
    if (this.#source === undefined) this.#socket.destroy()
    else this.#source.interrupt()
  }

  sweep(now: number): void {
    if (this.#phase === "answering") {
      if (this.#socket.writableLength > 0 && now > this.#deadline) this.#socket.destroy()
      else this.#source?.sweep(now)
      return
    }
    if (now < this.#deadline) return
    if (this.#phase === "lingering" || this.#reader.position === "between") this.#socket.destroy()
    else this.#refuse(tooSlow)
  }

  #read(bytes: Buffer): void {
    if (this.#phase === "lingering") return
    this.#reader.push(bytes)
    if (this.#phase === "answering") {
      if (this.#reader.buffered > pipelineLimit) this.#holdBack()
      return
    }
    this.#advance()
  }

  #holdBack(): void {
    if (this.#socket.isPaused()) return
    this.#socket.pause()
    this.#host.heldBack()
  }

  #advance(): void {
    this.#advancing = true
    while (this.#phase === "reading") {
      const event = this.#reader.next(this.#host.bodyLimit())
      if (event !== undefined) this.#take(event)
      else if (this.#body.hold(this.#reader.held)) break
      else this.#refuse(overloaded)
    }
    this.#advancing = false
    if (this.#phase === "reading") this.#arm()
  }

  /** A deadline counts from when the reader came to where it is; more bytes do not put it off. */
  #arm(): void {
    const { position } = this.#reader
    if (position === this.#armedFor) return
    this.#armedFor = position
    const { keepAlive, head, body } = this.#host.timing
    this.#deadline = performance.now() + { between: keepAlive, head, body }[position]
  }

  #take(event: RequestEvent): void {
    switch (event.kind) {
      case "continue":
        this.#socket.write("HTTP/1.1 100 Continue\r\n\r\n")
        return
      case "fault":
        this.#refuse(event)
        return
      case "request":
        if (!this.#body.hold(event.body.length)) {
          this.#refuse(overloaded, event.head)
          return
        }
        this.#phase = "answering"
        this.#deadline = Number.POSITIVE_INFINITY
        this.#armedFor = undefined
        this.#host.handle(event.head, event.body, this)
    }
  }

  #refuse(why: RequestFault, head = this.#reader.head): void {
    this.#host.refused(why.status)
    this.#socket.write(refusal(why, head, this.#host.origin()))
    this.#reader.discard()
    this.#body.hold(0)
    this.#linger()
  }

  /** Closing with unread bytes would reset the connection, and the client might never see the answer. */
  #linger(): void {
    this.#phase = "lingering"
    const { linger, stalled } = this.#host.timing
    this.#deadline = performance.now() + stalled
    this.#socket.resume()
    this.#socket.end(() => {
      this.#deadline = performance.now() + linger
    })
  }

  #closed(): void {
    const source = this.#source
    this.#source = undefined
    source?.clientGone()
    this.#body.hold(0)
    this.#host.closed(this)
  }
}

/** Bytes of further requests that are taken in while one is being answered. */
const pipelineLimit = 65_536

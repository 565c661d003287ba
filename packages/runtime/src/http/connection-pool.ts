import { type Address, type ConnectionOwner, HttpConnection } from "./http-connection.ts"

/** Keep-alive connections to one server. The last one used is taken first, so that the surplus grows old and goes. */
export class ConnectionPool implements ConnectionOwner {
  /** When something last came from the server, in milliseconds of `performance.now`. */
  heardAt = Number.NEGATIVE_INFINITY
  readonly #address: Address
  readonly #idle: HttpConnection[] = []
  #closing = false

  constructor(address: Address) {
    this.#address = address
  }

  /** A connection for one request; a new one gives up connecting after `connectTimeout` milliseconds. */
  take(connectTimeout: number): HttpConnection {
    return this.#idle.pop() ?? new HttpConnection(this.#address, connectTimeout, this)
  }

  get idleCount(): number {
    return this.#idle.length
  }

  released(connection: HttpConnection, idle: number | undefined): void {
    if (this.#closing || this.#idle.length >= mostIdle) {
      connection.destroy()
      return
    }
    connection.expiresAt = performance.now() + Math.max(0, (idle ?? defaultIdle) - safetyMargin)
    this.#idle.push(connection)
  }

  closed(connection: HttpConnection): void {
    const at = this.#idle.indexOf(connection)
    if (at >= 0) this.#idle.splice(at, 1)
  }

  heard(): void {
    this.heardAt = performance.now()
  }

  /** Throws away what the server is about to close, so that a request seldom meets a dead connection. */
  sweep(now: number): void {
    for (const connection of this.#idle.filter(idle => idle.expiresAt <= now)) {
      this.closed(connection)
      connection.destroy()
    }
  }

  /** Closes what is idle now, and what is busy when it becomes idle. */
  close(): void {
    this.#closing = true
    for (const connection of this.#idle.splice(0)) connection.destroy()
  }
}

const mostIdle = 256
/** Node's own default of `keepAliveTimeout`, for servers that do not announce theirs. */
const defaultIdle = 5_000
const safetyMargin = 1_000

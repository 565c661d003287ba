import { once } from "node:events"
import net from "node:net"

/** A client that writes exactly the bytes it is told to and keeps everything it gets. */
export class RawClient {
  text = ""
  ended = false
  readonly socket: net.Socket
  #waiters: (() => void)[] = []

  constructor(port: number) {
    this.socket = net.connect({ port, host: "127.0.0.1", noDelay: true, allowHalfOpen: true })
    this.socket.on("data", bytes => {
      this.text += bytes.toString("latin1")
      this.#wake()
    })
    this.socket.on("error", () => {})
    this.socket.on("end", () => this.#end())
    this.socket.on("close", () => this.#end())
  }

  send(text: string | Buffer): this {
    this.socket.write(text)
    return this
  }

  /** Resolves with everything so far once it contains `part`; rejects when the connection ends without it. */
  async until(part: string | RegExp): Promise<string> {
    while (!(typeof part === "string" ? this.text.includes(part) : part.test(this.text))) {
      if (this.ended) throw new Error(`connection ended; got ${JSON.stringify(this.text)}`)
      await new Promise<void>(resolve => this.#waiters.push(resolve))
    }
    return this.text
  }

  /** Everything up to the end of the connection. */
  async rest(): Promise<string> {
    while (!this.ended) await new Promise<void>(resolve => this.#waiters.push(resolve))
    return this.text
  }

  async close(): Promise<void> {
    if (this.socket.closed) return
    const closed = once(this.socket, "close")
    this.socket.destroy()
    await closed
  }

  #end(): void {
    this.ended = true
    this.#wake()
  }

  #wake(): void {
    for (const waiter of this.#waiters.splice(0)) waiter()
  }
}

export function post(body: string, headers: Record<string, string> = {}, target = "/v1/responses"): string {
  const lines = Object.entries({ host: "bot.example", "content-type": "application/json", ...headers })
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")
  return `POST ${target} HTTP/1.1\r\n${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}

export const get = (target: string, headers = "") => `GET ${target} HTTP/1.1\r\nhost: bot.example\r\n${headers}\r\n`

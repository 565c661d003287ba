import { once } from "node:events"
import net, { type AddressInfo } from "node:net"

/** A replica that answers each request with whatever bytes a test writes; knows nothing of HTTP but `/readyz`. */
export class RawReplica {
  connections = 0
  readonly requests: string[] = []
  readonly #server: net.Server
  readonly #sockets = new Set<net.Socket>()

  private constructor(answer: (socket: net.Socket, request: string) => void) {
    this.#server = net.createServer({ noDelay: true }, socket => {
      this.#sockets.add(socket)
      this.connections += 1
      socket.on("error", () => {})
      socket.on("close", () => this.#sockets.delete(socket))
      socket.on("data", bytes => {
        const text = bytes.toString("latin1")
        if (text.startsWith("GET /readyz")) {
          this.connections -= 1
          socket.end("HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
          return
        }
        this.requests.push(text)
        answer(socket, text)
      })
    })
  }

  static async start(answer: (socket: net.Socket, request: string) => void): Promise<RawReplica> {
    const replica = new RawReplica(answer)
    replica.#server.listen(0, "127.0.0.1")
    await once(replica.#server, "listening")
    return replica
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  async kill(): Promise<void> {
    const closed = once(this.#server, "close")
    this.#server.close()
    for (const socket of this.#sockets) socket.resetAndDestroy()
    await closed
  }
}

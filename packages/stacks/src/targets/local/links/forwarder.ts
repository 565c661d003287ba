import net from "node:net"
import type { Link } from "./link.ts"

/**
 * Forwards one TCP port. Half-closing is kept, and either side's end becomes the other's,
 * so that a broken peer is seen through the link as fast as without it.
 */
export class Forwarder {
  readonly link: Link
  readonly #server: net.Server
  readonly #sockets = new Set<net.Socket>()

  constructor(link: Link) {
    this.link = link
    this.#server = net.createServer({ allowHalfOpen: true, noDelay: true }, socket => this.#forward(socket))
  }

  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject)
      this.#server.listen(this.link.listen, "127.0.0.1", () => {
        this.#server.off("error", reject)
        resolve()
      })
    })
  }

  close(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  #forward(near: net.Socket): void {
    const far = net.connect({ ...this.link.to, allowHalfOpen: true, noDelay: true })
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(socket)
      socket.on("error", () => other.resetAndDestroy())
      socket.on("close", () => {
        this.#sockets.delete(socket)
        other.destroy()
      })
      socket.pipe(other)
    }
  }
}

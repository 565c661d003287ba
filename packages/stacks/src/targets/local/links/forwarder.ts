import net from "node:net"
import type { Link } from "./link.ts"
import { Passage } from "./passage.ts"

/** Forwards one TCP port. A drill can cut it: its connections stay open and new ones are taken, but nothing passes. */
export class Forwarder {
  readonly link: Link
  readonly #server: net.Server
  readonly #passages = new Set<Passage>()
  readonly #cuts = new Set<symbol>()

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

  /** Returns what heals this cut. The way is open again when every cut has healed. */
  cut(): () => void {
    const cut = Symbol()
    this.#cuts.add(cut)
    for (const passage of this.#passages) passage.cut()
    return () => {
      if (!this.#cuts.delete(cut) || this.#cuts.size > 0) return
      for (const passage of this.#passages) passage.heal()
    }
  }

  close(): void {
    this.#server.close()
    for (const passage of this.#passages) passage.destroy()
  }

  #forward(near: net.Socket): void {
    const closed = (passage: Passage) => void this.#passages.delete(passage)
    this.#passages.add(new Passage(near, this.link, this.#cuts.size > 0, closed))
  }
}

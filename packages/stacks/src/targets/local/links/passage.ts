import net from "node:net"
import type { Link } from "./link.ts"

/**
 * One connection over a link. Half-closing is kept, and either side's end becomes the other's, so that a broken peer is
 * seen through the link as fast as without it. While it is cut, neither side learns anything of the other.
 */
export class Passage {
  readonly #link: Link
  readonly #near: net.Socket
  #far: net.Socket | undefined
  #isCut: boolean
  /** What one side did meanwhile, for the other to learn when the cut heals. */
  #held: (() => void)[] = []
  readonly #onClose: (passage: Passage) => void

  constructor(near: net.Socket, link: Link, isCut: boolean, onClose: (passage: Passage) => void) {
    this.#near = near
    this.#link = link
    this.#isCut = isCut
    this.#onClose = onClose
    this.#watch(near, () => this.#far)
    if (!isCut) this.#join()
  }

  /** What the system has taken already may still arrive; nothing more is read, and nobody is told. */
  cut(): void {
    this.#isCut = true
    this.#far?.unpipe(this.#near)
    if (this.#far) this.#near.unpipe(this.#far)
  }

  /** What was sent meanwhile arrives late, as it does when a network is back in time. */
  heal(): void {
    this.#isCut = false
    this.#join()
    for (const act of this.#held.splice(0)) act()
  }

  destroy(): void {
    this.#near.destroy()
    this.#far?.destroy()
  }

  #join(): void {
    const near = this.#near
    if (near.destroyed && !this.#far) return
    const far = this.#far ?? this.#connect()
    near.pipe(far)
    far.pipe(near)
  }

  #connect(): net.Socket {
    const far = net.connect({ ...this.#link.to, allowHalfOpen: true, noDelay: true })
    this.#far = far
    this.#watch(far, () => this.#near)
    return far
  }

  #watch(socket: net.Socket, other: () => net.Socket | undefined): void {
    socket.on("error", () => this.#tell(() => other()?.resetAndDestroy()))
    socket.on("close", () => {
      this.#tell(() => other()?.destroy())
      if (this.#near.destroyed && (this.#far?.destroyed ?? true)) this.#onClose(this)
    })
  }

  #tell(act: () => void): void {
    if (this.#isCut) this.#held.push(act)
    else act()
  }
}

import dns from "node:dns"
import net from "node:net"

/** What Node's sockets are made of, as far as it is needed here; it has no documented name. */
interface Handle {
  reading: boolean
  readStart(): void
  readStop(): void
  close(): void
}

/**
 * A connection over which nothing passes while it is silent, as over a network that loses every packet: what comes is
 * not read, what is sent waits, and neither side learns that the other has gone. A new one does not get to its end.
 * For drills only; until `silence` is called it is a socket like any other.
 */
export class SilenceableSocket extends net.Socket {
  #silent = false
  /** Whether its owner wants to read. */
  #reads = false
  /** Whether the system was reading for it. */
  #wasReading = false
  #held: (() => void)[] = []

  silence(): void {
    if (this.#silent) return
    this.#silent = true
    const handle = this.#handle
    this.#wasReading = handle?.reading ?? false
    this.#reads = this.connecting || this.#wasReading
    super.pause()
    this.cork()
    if (!handle?.reading) return
    handle.readStop()
    handle.reading = false
  }

  /** What was sent meanwhile arrives late, and what was closed meanwhile closes now. */
  speak(): void {
    if (!this.#silent) return
    this.#silent = false
    for (const act of this.#held.splice(0)) act()
    if (this.destroyed) return
    this.uncork()
    this.#readAgain()
    if (this.#reads) super.resume()
  }

  /** As `connect`. While it is silent, its address is not found. */
  reach(options: net.TcpNetConnectOpts): this {
    if (!this.#silent) return this.connect(options)
    this.#reads = true
    const lookup: net.LookupFunction = (name, query, found) => {
      this.#held.push(() => dns.lookup(options.host ?? name, query, found))
    }
    // An address would not be looked up.
    return this.connect({ ...options, host: "silent", lookup })
  }

  override resume(): this {
    if (!this.#silent) return super.resume()
    this.#reads = true
    return this
  }

  override pause(): this {
    if (this.#silent) this.#reads = false
    return super.pause()
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    const handle = this.#handle
    if (this.#silent && handle) {
      // Its owner is told that it has closed; the other side may not learn it yet.
      Object.assign(this, { _handle: null })
      this.#held.push(() => handle.close())
    }
    super._destroy(error, callback)
  }

  /** Node waits for the read that it began before. */
  #readAgain(): void {
    const handle = this.#handle
    if (!this.#reads || !this.#wasReading || !handle || handle.reading) return
    handle.reading = true
    handle.readStart()
  }

  get #handle(): Handle | null {
    return (this as unknown as { _handle: Handle | null })._handle
  }
}

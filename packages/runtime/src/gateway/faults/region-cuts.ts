import type net from "node:net"
import { SilenceableSocket } from "./silenceable-socket.ts"

/**
 * Regions that a drill has cut off from this gateway. The gateway's decisions know nothing of it: it finds out as it would
 * if the network were gone. Costs nothing for a request, and an entry in a set for a connection.
 */
export class RegionCuts {
  readonly #cuts = new Map<string, Set<symbol>>()
  readonly #sockets = new Map<string, Set<SilenceableSocket>>()

  /** A connection to a backend of this region; as `net.connect`. */
  connect(region: string, options: net.TcpNetConnectOpts): net.Socket {
    const socket = new SilenceableSocket(options as net.SocketConstructorOpts)
    const sockets = entry(this.#sockets, region)
    sockets.add(socket)
    // One that its owner closed meanwhile has yet to close for the other side.
    socket.once("close", () => this.isCut(region) || sockets.delete(socket))
    if (this.isCut(region)) socket.silence()
    return socket.reach(options)
  }

  isCut(region: string): boolean {
    return (this.#cuts.get(region)?.size ?? 0) > 0
  }

  /** Returns what heals this cut. The region is reached again when every cut has healed. */
  cut(region: string): () => void {
    const cut = Symbol()
    const cuts = entry(this.#cuts, region)
    cuts.add(cut)
    const sockets = entry(this.#sockets, region)
    for (const socket of sockets) socket.silence()
    return () => {
      if (!cuts.delete(cut) || cuts.size > 0) return
      for (const socket of sockets) {
        socket.speak()
        if (socket.destroyed) sockets.delete(socket)
      }
    }
  }
}

function entry<Member>(sets: Map<string, Set<Member>>, region: string): Set<Member> {
  const found = sets.get(region) ?? new Set()
  sets.set(region, found)
  return found
}

import { once } from "node:events"
import { type AddressInfo, createServer, type Socket } from "node:net"
import { ownerOfOtherEnd } from "./connection-owner.ts"

export interface OwnUserListener {
  readonly port: number
  close(): void
}

/**
 * Listens on a port of 127.0.0.1 that every user of this machine can reach, and hands on only connections of the user
 * that this process runs as. What others send is not read. `onRefused` hears their user id, if it is known.
 *
 * Linux only: elsewhere the owner of a socket cannot be asked without native code, and every connection is handed on.
 */
export async function listenForOwnUser(
  onConnection: (socket: Socket) => void,
  onRefused: (uid: number | undefined) => void,
): Promise<OwnUserListener> {
  const waiting = new Set<Socket>()
  const server = createServer({ pauseOnConnect: true }, async socket => {
    waiting.add(socket)
    // Whoever hangs up before it was decided has hung up.
    const ignore = () => undefined
    socket.on("error", ignore)
    const refused = process.platform === "linux" ? await refusal(socket) : undefined
    waiting.delete(socket)
    if (socket.destroyed) return
    if (refused) {
      socket.destroy()
      onRefused(refused.uid)
      return
    }
    socket.off("error", ignore)
    onConnection(socket)
    socket.resume()
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  // A connection that could not be accepted, for want of file descriptors most often: the engine tries again.
  server.on("error", () => undefined)
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close()
      for (const socket of waiting) socket.destroy()
    },
  }
}

/** Who it is that may not; nothing when it is our own user. */
async function refusal(socket: Socket): Promise<{ readonly uid: number | undefined } | undefined> {
  const uid = await ownerOfOtherEnd(socket)
  return uid === process.geteuid?.() ? undefined : { uid }
}

import { randomInt } from "node:crypto"
import net from "node:net"
import { ChatopsError } from "../../errors/chatops-error.ts"

/** Below the range from which kernels take ports for outgoing connections. */
const [lowest, highest] = [20_000, 31_999]
/** Enough to meet a free one among a hundred, all but surely. */
const attempts = 2_000

/** A port on which nobody listens now and that is not in `taken`. Throws PORT_TAKEN, and what the system says. */
export async function findFreePort(taken: ReadonlySet<number>, signal?: AbortSignal): Promise<number> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    signal?.throwIfAborted()
    const port = randomInt(lowest, highest + 1)
    if (!taken.has(port) && (await isFree(port))) return port
  }
  throw new ChatopsError("PORT_TAKEN", `${attempts} ports between ${lowest} and ${highest} were tried: all are taken`)
}

/** Throws what the system says when it cannot tell: too many open files, no such address, a port that only root may take. */
export function isFree(port: number, host = "127.0.0.1"): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = net.createServer()
    server.once("error", (error: NodeJS.ErrnoException) =>
      error.code === "EADDRINUSE" ? resolve(false) : reject(error),
    )
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)))
  })
}

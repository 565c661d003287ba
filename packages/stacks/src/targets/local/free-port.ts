import { randomInt } from "node:crypto"
import net from "node:net"

/** Below the range from which kernels take ports for outgoing connections. */
const [lowest, highest] = [20_000, 31_999]

/** A port on which nobody listens now and that is not in `taken`. */
export async function findFreePort(taken: ReadonlySet<number>): Promise<number> {
  for (;;) {
    const port = randomInt(lowest, highest + 1)
    if (!taken.has(port) && (await isFree(port))) return port
  }
}

export function isFree(port: number, host = "127.0.0.1"): Promise<boolean> {
  return new Promise(resolve => {
    const server = net.createServer()
    server.once("error", () => resolve(false))
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)))
  })
}

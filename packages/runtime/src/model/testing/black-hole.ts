import { once } from "node:events"
import { connect, type Socket } from "node:net"
import { Worker } from "node:worker_threads"

/**
 * A listening port that never completes a handshake: its thread sleeps and its backlog is full, so that Linux drops
 * further SYNs, as a firewall would.
 */
export async function blackHole(): Promise<AsyncDisposable & { baseURL: string }> {
  const worker = new Worker(
    `const { parentPort } = require("node:worker_threads")
     const server = require("node:net").createServer()
     server.listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
       parentPort.postMessage(server.address().port)
       Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
     })`,
    { eval: true },
  )
  const [port] = (await once(worker, "message")) as [number]
  const fillers: Socket[] = []
  // Two fit in a backlog of one.
  for (let count = 0; count < 2; count += 1) {
    const filler = connect(port, "127.0.0.1").on("error", () => {})
    await once(filler, "connect")
    fillers.push(filler)
  }
  return {
    baseURL: `http://127.0.0.1:${port}/v1`,
    async [Symbol.asyncDispose]() {
      for (const filler of fillers) filler.destroy()
      await worker.terminate()
    },
  }
}

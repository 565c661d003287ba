import type { Server } from "node:http"
import type { AddressInfo } from "node:net"

export type ProxyKind = "ours" | "plain"

/** What the processes of this benchmark tell it; they are asked with "cpu". */
export type FromProcess = { type: "listening"; port: number } | { type: "cpu"; microseconds: number }

/** Listens on a free port, tells it, and answers questions about CPU time. */
export function serve(server: Server): void {
  const tell = (message: FromProcess) => process.send?.(message)
  server.listen(0, "127.0.0.1", () => tell({ type: "listening", port: (server.address() as AddressInfo).port }))
  process.on("message", () => {
    const { user, system } = process.cpuUsage()
    tell({ type: "cpu", microseconds: user + system })
  })
}

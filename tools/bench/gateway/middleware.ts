import http from "node:http"
import { createProxyMiddleware } from "http-proxy-middleware"

/** `http-proxy-middleware` in its most efficient setup: keep-alive agent, no Express, no rewriting, no logging. */
const agent = new http.Agent({ keepAlive: true, maxSockets: 256 })
const forward = createProxyMiddleware({ target: `http://127.0.0.1:${process.argv[2]}`, agent, xfwd: true })
const server = http.createServer((request, response) => void forward(request, response, () => {}))
process.on("message", () => process.send?.({ type: "cpu", usage: process.cpuUsage() }))
server.listen(0, "127.0.0.1", () => {
  const address = server.address()
  if (typeof address === "object") process.send?.({ type: "listening", port: address?.port })
})
process.on("disconnect", () => process.exit())

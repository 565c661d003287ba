import { once } from "node:events"
import { chmodSync, rmSync } from "node:fs"
import http from "node:http"
import type { Forwarder } from "./forwarder.ts"

/** Path on the links' control socket that cuts this link. */
export const cutLinkPath = (link: string): string => `/cut/${encodeURIComponent(link)}`

/**
 * Lets this user cut links: `POST /cut/<link>` does, for as long as the request's body goes on. Whoever asks for it
 * cannot leave it behind by dying. The answer's head comes when the link is cut, its end when it has healed.
 */
export async function serveLinkControl(forwarders: readonly Forwarder[], socket: string): Promise<http.Server> {
  const server = http.createServer((request, response) => {
    const forwarder = forwarders.find(({ link }) => request.url === cutLinkPath(link.name))
    if (request.method !== "POST" || !forwarder) return response.writeHead(404).end()
    const heal = forwarder.cut()
    request.once("end", () => {
      heal()
      response.end()
    })
    request.once("close", heal)
    request.resume()
    return response.writeHead(200).flushHeaders()
  })
  // A cut lasts for longer than a request may usually take.
  server.requestTimeout = 0
  // The agent's lock is held: whoever owned this file is dead.
  rmSync(socket, { force: true })
  server.listen(socket)
  await once(server, "listening")
  chmodSync(socket, 0o600)
  return server
}

import { once } from "node:events"
import { chmodSync, rmSync } from "node:fs"
import http from "node:http"
import type { Forwarder } from "./forwarder.ts"
import { holdWhileAsked } from "./hold-while-asked.ts"
import type { Link } from "./link.ts"

/** Path on the links' control socket that cuts every link. */
export const cutAllLinksPath = "/cut"

/** Path on the links' control socket that cuts every link to this region. */
export const cutLinksToPath = (region: string): string => `${cutAllLinksPath}/${encodeURIComponent(region)}`

/** Lets this user cut links: a `POST` does, for as long as its body goes on. Where there is no such link it is refused. */
export async function serveLinkControl(forwarders: readonly Forwarder[], socket: string): Promise<http.Server> {
  const server = http.createServer((request, response) => {
    const meant = forwarders.filter(({ link }) => isMeant(request.url, link))
    if (request.method !== "POST" || meant.length === 0) return response.writeHead(404).end()
    const heals = meant.map(forwarder => forwarder.cut())
    return holdWhileAsked(request, response, () => {
      for (const heal of heals) heal()
    })
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

const isMeant = (url: string | undefined, { name }: Link): boolean =>
  url === cutAllLinksPath || (name.includes("/") && url === cutLinksToPath(name.split("/")[0] ?? ""))

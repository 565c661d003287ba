import { EventEmitter, once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { json } from "node:stream/consumers"

interface Told {
  readonly type: string
  readonly data: Readonly<Record<string, unknown>>
}

/** Somebody who is told by webhook. */
export interface Receiver {
  readonly url: string
  /** Resolves with what the first message of this type says. */
  told(type: string): Promise<Told["data"]>
  close(): void
}

export async function startReceiver(): Promise<Receiver> {
  const messages: Told[] = []
  const arrived = new EventEmitter()
  const server = createServer(async (request, response) => {
    messages.push((await json(request)) as Told)
    response.writeHead(204).end()
    arrived.emit("message")
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    told: async type => {
      for (;;) {
        const found = messages.find(message => message.type === type)
        if (found) return found.data
        await once(arrived, "message")
      }
    },
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

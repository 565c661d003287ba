import { EventEmitter, once } from "node:events"
import { writeFileSync } from "node:fs"
import http from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { Webhook } from "standardwebhooks"
import { onTestFinished } from "vitest"
import { scratchDirectory } from "../../testing/scratch-directory.ts"
import type { Receiver } from "../deliver.ts"

export const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`

export interface Attempt {
  readonly id: string
  readonly payload: unknown
}

/** A receiver of webhooks that verifies every one with the specification's own library. */
export class TestReceiver extends EventEmitter<{ attempt: [Attempt] }> {
  readonly attempts: Attempt[] = []
  /** What it answers; nothing: it does not, and keeps the connection. */
  answer: number | undefined = 200
  readonly #secretFile = join(scratchDirectory(), "secret")
  #port = 0
  #server: http.Server | undefined

  constructor() {
    super()
    this.setMaxListeners(0)
    writeFileSync(this.#secretFile, `${secret}\n`)
    onTestFinished(() => this.close())
  }

  /** Listens, on the same port again after `close`. */
  async listen(): Promise<Receiver> {
    this.#server = http.createServer((request, response) => void this.#take(request, response))
    this.#server.listen(this.#port, "127.0.0.1")
    await once(this.#server, "listening")
    this.#port = (this.#server.address() as AddressInfo).port
    return { url: `http://127.0.0.1:${this.#port}/hook?token=hidden`, secretFile: this.#secretFile }
  }

  close(): void {
    this.#server?.close().closeAllConnections()
    this.#server = undefined
  }

  /** Resolves when so many attempts were made, at once where they were. */
  async made(count: number): Promise<readonly Attempt[]> {
    while (this.attempts.length < count) await once(this, "attempt")
    return this.attempts
  }

  async #take(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const body = await text(request)
    const headers = request.headers as Record<string, string>
    try {
      const payload = new Webhook(secret).verify(body, headers)
      const attempt = { id: headers["webhook-id"] ?? "", payload }
      if (this.answer !== undefined) response.writeHead(this.answer).end("a body that nobody reads")
      this.attempts.push(attempt)
      this.emit("attempt", attempt)
    } catch {
      response.writeHead(401).end()
    }
  }
}

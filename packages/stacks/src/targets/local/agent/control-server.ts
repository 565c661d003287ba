import { EventEmitter, once } from "node:events"
import { chmodSync, existsSync, rmSync } from "node:fs"
import http from "node:http"
import { dirname } from "node:path"
import { text } from "node:stream/consumers"
import { ChatopsError } from "../../../errors/chatops-error.ts"
import { systemError } from "../../../errors/system-error.ts"
import { makeRunDirectory } from "../../../state/run-directory.ts"
import { holdWhileAsked } from "../links/hold-while-asked.ts"
import { type AgentState, heartbeatInterval, pulseInterval } from "./state.ts"

/** Path on an agent's socket that cuts its way to this region's supervisor. */
export const cutWayPath = (region: string): string => `/cut/${encodeURIComponent(region)}`

export interface Control {
  state(): Promise<AgentState>
  apply(spec: unknown): Promise<void>
  admin(name: string, input: unknown): Promise<unknown>
  /** Undefined: this part has none. */
  pulse?(): unknown
  /** Cuts this part's way to a region's supervisor, and returns what heals it. Undefined: this part has none. */
  cut?(region: string): (() => void) | undefined
}

/**
 * The agent's HTTP interface on its Unix socket, for its own user only.
 * `GET /state` · `GET /events` (a JSON line on every change) · `GET /pulse` (the same of what watchers go by) · `PUT /spec` · `POST /admin/<function>`
 * · `POST /cut/<region>` (a drill's, for as long as the request's body goes on)
 */
export class ControlServer extends EventEmitter<{ change: [] }> {
  readonly #control: Control
  readonly #server: http.Server
  #socket = ""

  constructor(control: Control) {
    super()
    this.#control = control
    this.setMaxListeners(0)
    this.#server = http.createServer((request, response) => void this.#answer(request, response))
    // A connection that could not be accepted, for want of a file descriptor, must not end the agent.
    this.#server.on("error", () => undefined)
    // A cut lasts for longer than a request may usually take.
    this.#server.requestTimeout = 0
  }

  async listen(socket: string): Promise<void> {
    this.#socket = socket
    makeRunDirectory(dirname(socket))
    // The agent's lock is held: whoever owned this file is dead.
    rmSync(socket, { force: true })
    const listening = once(this.#server, "listening")
    this.#server.listen(socket)
    await listening
    chmodSync(socket, 0o600)
  }

  /**
   * Listens again when its socket is gone: somebody tidied /tmp, or removed the state directory by hand. Without it the
   * agent would run on with nobody able to tell it anything. Whoever follows already is kept.
   */
  async listenAgain(): Promise<void> {
    if (this.#socket === "" || existsSync(this.#socket)) return
    this.#server.close()
    await this.listen(this.#socket)
  }

  close(): void {
    this.#socket = ""
    this.#server.close()
    this.#server.closeAllConnections()
  }

  async #answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    try {
      const [, verb, name] = (request.url ?? "").split("/")
      const route = `${request.method} ${verb}`
      if (route === "GET state") return json(response, 200, await this.#control.state())
      if (route === "GET events") return this.#follow(response, () => this.#control.state(), heartbeatInterval)
      if (route === "GET pulse") return this.#follow(response, async () => this.#control.pulse?.() ?? {}, pulseInterval)
      if (route === "PUT spec")
        return json(response, 200, (await this.#control.apply(JSON.parse(await text(request)))) ?? {})
      if (route === "POST admin")
        return json(response, 200, await this.#control.admin(name ?? "", JSON.parse((await text(request)) || "{}")))
      const heal = route === "POST cut" && this.#control.cut?.(decodeURIComponent(name ?? ""))
      if (heal) return holdWhileAsked(request, response, heal)
      json(response, 404, {})
    } catch (error) {
      const known = systemError(error as Error)
      const code = known instanceof ChatopsError ? known.code : "AGENT_FAILED"
      json(response, 500, { code, message: known.message })
    }
  }

  /** Also without a change now and then, so that whoever listens can tell a frozen agent from a quiet one. */
  #follow(response: http.ServerResponse, look: () => Promise<unknown>, interval: number): void {
    response.writeHead(200, { "content-type": "application/x-ndjson" })
    let [sending, again] = [false, false]
    const send = async () => {
      if (sending) {
        again = true
        return
      }
      sending = true
      do {
        again = false
        response.write(`${JSON.stringify(await look())}\n`)
      } while (again)
      sending = false
    }
    const listener = () => void send().catch(() => response.destroy())
    const heartbeat = setInterval(listener, interval)
    this.on("change", listener)
    response.on("close", () => {
      clearInterval(heartbeat)
      this.off("change", listener)
    })
    listener()
  }
}

function json(response: http.ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body))
}

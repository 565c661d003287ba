import fs from "node:fs/promises"
import http from "node:http"
import { cutRegionPath, GatewaySettings } from "../contract/index.ts"
import { cutRegion } from "./faults/cut-region.ts"
import type { Gateway } from "./gateway.ts"
import { metricsText } from "./metrics-text.ts"

/**
 * Serves status, metrics, new settings and a drill's cuts on a Unix socket that only its owner can open (mode 0600).
 * Rejects when another process answers there; a socket that nobody serves is replaced.
 */
export async function listenForControl(gateway: Gateway, socketPath: string): Promise<http.Server> {
  await removeStale(socketPath)
  const server = http.createServer((request, response) => {
    if (request.method === "POST" && request.url?.startsWith(cutRegionPath(""))) {
      return cutRegion(gateway.cuts, request, response)
    }
    answer(gateway, request).then(
      ({ status, type, body }) => response.writeHead(status, { "content-type": type }).end(body),
      (error: Error) => response.writeHead(400, { "content-type": json }).end(errorBody(error.message)),
    )
  })
  // A cut lasts for longer than a request may usually take.
  server.requestTimeout = 0
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once("error", reject)
  server.listen(socketPath, resolve)
  await promise
  await fs.chmod(socketPath, 0o600)
  return server
}

interface ControlAnswer {
  readonly status: number
  readonly type: string
  readonly body: string
}

async function answer(gateway: Gateway, request: http.IncomingMessage): Promise<ControlAnswer> {
  switch (`${request.method} ${request.url}`) {
    case "GET /status":
      return { status: 200, type: json, body: JSON.stringify(gateway.status()) }
    case "GET /metrics":
      return { status: 200, type: "text/plain; version=0.0.4; charset=utf-8", body: metricsText(gateway) }
    case "PUT /settings":
      return applySettings(gateway, await bodyOf(request))
    default:
      return { status: 404, type: json, body: errorBody("There is nothing here.") }
  }
}

function applySettings(gateway: Gateway, body: string): ControlAnswer {
  const parsed = GatewaySettings.safeParse(JSON.parse(body))
  if (!parsed.success) return { status: 400, type: json, body: errorBody(parsed.error.message) }
  const { listen, control } = gateway.settings
  const wanted = parsed.data
  if (wanted.listen.host !== listen.host || wanted.listen.port !== listen.port || wanted.control !== control) {
    return { status: 409, type: json, body: errorBody("`listen` and `control` only change with a restart.") }
  }
  gateway.apply(wanted)
  return { status: 200, type: json, body: JSON.stringify(gateway.status()) }
}

async function bodyOf(request: http.IncomingMessage): Promise<string> {
  let body = ""
  request.setEncoding("utf8")
  for await (const text of request) {
    body += text
    if (body.length > largestSettings) throw new Error("The settings are too large.")
  }
  return body
}

/** A gateway that was killed leaves its socket; one that runs keeps it. */
async function removeStale(socketPath: string): Promise<void> {
  const served = await new Promise<boolean>(resolve => {
    const request = http.get({ socketPath, path: "/status", agent: false, timeout: 1_000 })
    request.on("response", response => resolve(response.resume() === response))
    request.on("timeout", () => resolve(true))
    request.on("error", () => resolve(false))
  })
  if (served) throw Object.assign(new Error(`another gateway answers on ${socketPath}`), { code: "CONTROL_TAKEN" })
  await fs.rm(socketPath, { force: true })
}

const json = "application/json"
const errorBody = (message: string) => JSON.stringify({ error: { message } })
const largestSettings = 4_194_304

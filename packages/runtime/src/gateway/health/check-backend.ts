import http from "node:http"
import net from "node:net"
import { path } from "../../contract/index.ts"

/** Result of one `GET /readyz`. `refused`: there was no connection, or it broke; `silent`: no answer in time. */
export type CheckResult =
  | { readonly passed: true }
  | { readonly passed: false; readonly failure: "not-ready" | "refused" | "silent"; readonly reason: string }

/** Where a backend listens, and how it is reached. */
export interface CheckedAddress {
  readonly host: string
  readonly port: number
  readonly connect?: (options: net.TcpNetConnectOpts) => net.Socket
}

/** Asks a backend whether it is ready, on a connection of its own, within `timeout` milliseconds. Never rejects. */
export function checkBackend(backend: CheckedAddress, timeout: number): Promise<CheckResult> {
  const { host, port, connect = net.connect } = backend
  return new Promise(resolve => {
    const createConnection = () => connect({ host, port })
    const request = http.get({ host, port, path: path.ready, createConnection, headers })
    const overdue = () => {
      resolve({ passed: false, failure: "silent", reason: `no answer to ${path.ready} within ${timeout} ms` })
      request.destroy()
    }
    // A process that had no processor for long sees its timers before what has come meanwhile: that is looked at first.
    const timer = setTimeout(() => setImmediate(overdue), timeout)
    request.on("response", response => {
      let body = ""
      response.setEncoding("utf8")
      response.on("data", (text: string) => {
        if (body.length < longestReason) body += text
      })
      response.on("error", () => {})
      response.on("close", () => {
        clearTimeout(timer)
        resolve(
          response.statusCode === 200
            ? { passed: true }
            : { passed: false, failure: "not-ready", reason: reasonOf(response.statusCode ?? 0, body) },
        )
      })
    })
    request.on("error", (error: NodeJS.ErrnoException) => {
      clearTimeout(timer)
      resolve({ passed: false, failure: "refused", reason: error.code ?? error.message })
    })
  })
}

const headers = { connection: "close", "user-agent": "chatops-gateway" }
const longestReason = 2_000

/** A replica that is not ready answers `{ "reasons": [...] }`; anything else is told by its status. */
function reasonOf(status: number, body: string): string {
  try {
    const parsed: unknown = JSON.parse(body)
    if (typeof parsed === "object" && parsed !== null && "reasons" in parsed && Array.isArray(parsed.reasons)) {
      return `not ready (${status}): ${parsed.reasons.join("; ")}`
    }
  } catch {}
  return `not ready (${status})`
}

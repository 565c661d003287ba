import http from "node:http"
import { path } from "../../contract/index.ts"

/** Result of one `GET /readyz`. `unreachable`: it was refused or not answered, as opposed to answered with no. */
export type CheckResult =
  | { readonly passed: true }
  | { readonly passed: false; readonly unreachable: boolean; readonly reason: string }

/** Asks a backend whether it is ready, on a connection of its own, within `timeout` milliseconds. Never rejects. */
export function checkBackend(backend: { host: string; port: number }, timeout: number): Promise<CheckResult> {
  return new Promise(resolve => {
    const request = http.get({ host: backend.host, port: backend.port, path: path.ready, agent: false, headers })
    const timer = setTimeout(() => {
      resolve({ passed: false, unreachable: true, reason: `no answer to ${path.ready} within ${timeout} ms` })
      request.destroy()
    }, timeout)
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
            : { passed: false, unreachable: false, reason: reasonOf(response.statusCode ?? 0, body) },
        )
      })
    })
    request.on("error", (error: NodeJS.ErrnoException) => {
      clearTimeout(timer)
      resolve({ passed: false, unreachable: true, reason: error.code ?? error.message })
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

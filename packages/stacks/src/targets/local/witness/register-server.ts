import { timingSafeEqual } from "node:crypto"
import http from "node:http"
import { text } from "node:stream/consumers"
import { Register } from "@chatops/runtime/contract"
import type { RegisterStore } from "./register-store.ts"

/**
 * `GET /register` reads; `PUT /register` with `If-Match: <version>` replaces, or answers 412 with what is there.
 * Both need the environment's token: every local user can reach the port.
 */
export function serveRegister(store: RegisterStore, token: string, port: number): Promise<http.Server> {
  const expected = Buffer.from(`Bearer ${token}`)
  const server = http.createServer((request, response) => {
    const given = Buffer.from(request.headers.authorization ?? "")
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return answer(response, 401, {})
    if (request.url !== "/register") return answer(response, 404, {})
    if (request.method === "GET") return answer(response, 200, store.read())
    if (request.method === "PUT") return void replace(store, request, response)
    return answer(response, 405, {})
  })
  return new Promise((resolve, reject) => {
    server.once("error", reject)
    server.listen(port, "127.0.0.1", () => resolve(server))
  })
}

async function replace(
  store: RegisterStore,
  request: http.IncomingMessage,
  response: http.ServerResponse,
): Promise<void> {
  try {
    const next = Register.safeParse(JSON.parse(await text(request)))
    if (!next.success) return answer(response, 400, { message: next.error.message })
    const result = await store.write(Number(request.headers["if-match"]), next.data)
    answer(response, result.written ? 200 : 412, result.written ? next.data : result.current)
  } catch (error) {
    answer(response, 500, { message: (error as Error).message })
  }
}

function answer(response: http.ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body))
}

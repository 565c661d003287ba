import { once } from "node:events"
import { connect } from "node:net"
import type { FastifyRequest } from "fastify"
import { describe, expect, test } from "vitest"
import { startTestReplica } from "../testing/test-replica.ts"
import { useReplica } from "../testing/use-replica.ts"
import { noteError } from "./lifecycle.ts"
import { RequestError } from "./request-error.ts"
import type { Services } from "./services.ts"

const context = useReplica({ bodyLimit: 2_048 })

const internalError = { message: "Failed.", type: "server_error", param: null, code: "internal_error" } as const

const errorOf = async (answer: Response) => [answer.status, ((await answer.json()) as { error: unknown }).error]

describe("every answer", () => {
  test("names release, region, replica and request, also when it is an error", async () => {
    for (const path of ["/livez", "/v1/models", "/v1/nothing", "/v1/responses/%ff"]) {
      const { headers } = await context.send("GET", path, undefined, { "x-request-id": "mine-1" })
      expect(Object.fromEntries(headers)).toMatchObject({
        "x-chatops-release": "rel_0123456789ab",
        "x-chatops-region": "east",
        "x-chatops-replica": "r1",
        "x-request-id": "mine-1",
      })
    }
    const { headers } = await context.send("GET", "/livez", undefined, { "x-request-id": 'a"b' })
    expect(headers.get("x-request-id")).toMatch(/^req_[0-9a-f]{32}$/)
  })
})

describe("a request that cannot be understood", () => {
  const post = (body: string | Buffer<ArrayBuffer>, type = "application/json") =>
    fetch(`${context.replica.url}/v1/responses`, {
      method: "POST",
      headers: { authorization: `Bearer ${context.key}`, "content-type": type },
      body,
    })

  const counted = async (status: string) => {
    const metrics = await context.replica.services.metrics.registry.metrics()
    return Number(new RegExp(`requests_total\\{route="unknown",status="${status}"\\} (\\d+)`).exec(metrics)?.[1])
  }

  test.each([
    ["invalid JSON", () => post("{"), 400, "invalid_json"],
    ["invalid UTF-8", () => post(Buffer.from([0x22, 0xff, 0x22])), 400, "invalid_encoding"],
    ["too much", () => post(JSON.stringify({ input: "x".repeat(3_000) })), 413, "body_too_large"],
    ["another media type", () => post("input=x", "application/x-www-form-urlencoded"), 415, null],
    ["no object", () => post("[1]"), 400, "invalid_type"],
    ["no body", () => post(""), 400, "invalid_type"],
    ["another path", () => context.send("POST", "/nothing", {}), 404, "route_not_found"],
    ["a broken path", () => context.send("GET", "/v1/responses/%ff"), 400, "invalid_value"],
    [
      "a long key",
      () => context.send("POST", "/v1/responses", { input: "x" }, { "idempotency-key": "k".repeat(256) }),
      400,
      "invalid_value",
    ],
  ])("with %s is refused in OpenAI's format", async (_, send, status, code) => {
    expect(await errorOf(await send())).toEqual([
      status,
      {
        message: expect.any(String),
        type: expect.any(String),
        param: status === 400 && code === "invalid_value" ? expect.anything() : null,
        code,
      },
    ])
  })

  test("that is not HTTP is refused, too", async () => {
    const socket = connect(Number(new URL(context.replica.url).port), "127.0.0.1")
    socket.write("HELLO\r\n\r\n")
    const chunks = await socket.setEncoding("utf8").toArray()
    expect(chunks.join("")).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n.*"error"/s)
    expect(chunks.join("")).toMatch(/\r\nx-chatops-release: rel_0123456789ab\r\nx-chatops-region: east\r\n/)
    expect(await counted("400")).toBe(1)
  })

  test("is counted and logged, also when its address is broken", async () => {
    const answer = await context.send("GET", "/v1/responses/%ff")
    await answer.text()
    const requestId = answer.headers.get("x-request-id")
    await expect
      .poll(() => context.replica.logged.find(line => line["requestId"] === requestId))
      .toMatchObject({
        route: "unknown",
        status: 400,
        code: "invalid_value",
      })
    expect(await counted("400")).toBe(1)
  })
})

describe("an id that cannot be one", () => {
  test.each([
    ["GET", "/v1/responses/%00", "response_not_found"],
    ["DELETE", "/v1/responses/%00", "response_not_found"],
    ["GET", "/v1/responses/%00/input_items", "response_not_found"],
    ["GET", "/v1/conversations/%00", "conversation_not_found"],
    ["POST", "/v1/conversations/%00", "conversation_not_found"],
    ["DELETE", "/v1/conversations/%00", "conversation_not_found"],
    ["GET", "/v1/conversations/%00/items", "conversation_not_found"],
    ["GET", "/v1/conversations/conv_1/items/%00", "item_not_found"],
    ["DELETE", "/v1/conversations/conv_1/items/%00", "item_not_found"],
  ])("%s %s is of nothing", async (method, path, code) => {
    const answer = await context.send(method, path, method === "POST" ? { metadata: {} } : undefined)
    expect(await errorOf(answer)).toMatchObject([404, { code }])
  })

  test("is no cursor either", async () => {
    const { id } = await context.client.conversations.create()
    const answer = await context.send("GET", `/v1/conversations/${id}/items?after=%00`)
    expect(await errorOf(answer)).toMatchObject([400, { code: "invalid_value", param: "after" }])
  })
})

describe("a key", () => {
  const withKey = (authorization?: string) =>
    fetch(`${context.replica.url}/v1/models`, { ...(authorization !== undefined && { headers: { authorization } }) })

  test.each([undefined, "Bearer", "Bearer nonsense", "Basic abc", "Bearer é"])(
    "of %j is refused",
    async authorization => {
      expect(await errorOf(await withKey(authorization))).toMatchObject([
        401,
        { type: "authentication_error", code: "invalid_api_key" },
      ])
    },
  )

  test("lets its holder in", async () => {
    expect((await withKey(`Bearer ${context.key}`)).status).toBe(200)
    expect((await withKey(`bearer ${context.key}`)).status).toBe(200)
  })
})

describe("a slow sender", () => {
  test("is told that its time is over, whether its head or its body does not come", async () => {
    const patience = {
      requestTimeout: 100,
      headersTimeout: 50,
      connectionTimeout: 1_000,
      keepAliveTimeout: 1_000,
      check: 20,
    }
    await using replica = await startTestReplica(context.database, { upstream: context.upstream.baseURL, patience })
    const port = Number(new URL(replica.url).port)
    const head = "POST /v1/responses HTTP/1.1\r\nhost: x\r\n"
    for (const beginning of [
      head,
      `${head}authorization: Bearer ${context.key}\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{`,
    ]) {
      const socket = connect(port, "127.0.0.1")
      socket.write(beginning)
      const answer = (await socket.setEncoding("utf8").toArray()).join("")
      expect(answer).toMatch(/^HTTP\/1\.1 408 /)
      expect(answer).toContain('"code":"request_timeout"')
    }
  })
})

describe("idle connections", () => {
  test("by the thousand keep nobody from being served", async () => {
    const port = Number(new URL(context.replica.url).port)
    const sockets = Array.from({ length: 1_000 }, () => connect(port, "127.0.0.1"))
    await Promise.all(sockets.map(socket => once(socket, "connect")))
    expect((await context.send("GET", "/v1/models")).status).toBe(200)
    for (const socket of sockets) socket.destroy()
  })
})

describe("logs", () => {
  test("hold of an error's stack the places only", () => {
    const warned: { err: { stack: string } }[] = []
    const log = { warn: (line: (typeof warned)[number]) => warned.push(line) } as unknown as Services["log"]
    const cause = new Error("value:\nTOP SECRET\n  more of it")
    noteError(new RequestError(500, internalError, { cause }), {} as FastifyRequest, log)
    expect(warned[0]?.err.stack).toContain("http.test.ts")
    expect(JSON.stringify(warned)).not.toMatch(/TOP SECRET|more of it/)
  })

  test("hold neither what was said nor keys, and metrics count the request", async () => {
    context.upstream.answerWith(call => (call.number === 1 ? call.answer("TOP SECRET answer") : call.refuse(500)))
    await context.send("POST", "/v1/responses", { input: "TOP SECRET question", instructions: "TOP SECRET rule" })
    await context.send("POST", "/v1/responses", { input: "TOP SECRET question" })
    await context.send("POST", "/v1/responses", { input: ["TOP SECRET mistake"] })
    const text = JSON.stringify(context.replica.logged)
    expect(text).toContain('"route":"/v1/responses"')
    expect(text).not.toContain("TOP SECRET")
    expect(text).not.toContain(context.key)
    const metrics = await (await fetch(`${context.replica.url}/metrics`)).text()
    expect(metrics).toContain('chatops_requests_total{route="/v1/responses",status="200"} 1')
    expect(metrics).toContain('chatops_requests_total{route="/v1/responses",status="502"} 1')
    expect(metrics).toContain('chatops_turns_total{outcome="failed"} 1')
  })
})

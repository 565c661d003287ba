import { once } from "node:events"
import { connect } from "node:net"
import { describe, expect, test } from "vitest"
import { startTestReplica } from "../testing/test-replica.ts"
import { useReplica } from "../testing/use-replica.ts"

const context = useReplica({ bodyLimit: 2_048 })

const errorOf = async (answer: Response) => [answer.status, ((await answer.json()) as { error: unknown }).error]

describe("every answer", () => {
  test("names release, region, replica and request, also when it is an error", async () => {
    for (const path of ["/livez", "/v1/models", "/v1/nothing"]) {
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

  test.each([
    ["invalid JSON", () => post("{"), 400, "invalid_json"],
    ["invalid UTF-8", () => post(Buffer.from([0x22, 0xff, 0x22])), 400, "invalid_encoding"],
    ["too much", () => post(JSON.stringify({ input: "x".repeat(3_000) })), 413, "body_too_large"],
    ["another media type", () => post("input=x", "application/x-www-form-urlencoded"), 415, null],
    ["no object", () => post("[1]"), 400, "invalid_type"],
    ["no body", () => post(""), 400, "invalid_type"],
    ["another path", () => context.send("POST", "/v1/embeddings", {}), 404, "route_not_found"],
    ["another method", () => context.send("PUT", "/v1/responses", {}), 404, "route_not_found"],
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

import { describe, expect, it } from "vitest"
import { type ClientErrorCode, clientErrors } from "../contract/index.ts"
import { get, post } from "./testing/raw-client.ts"
import { RawReplica } from "./testing/raw-replica.ts"
import { answerError, answerJson, reset, StandInReplica } from "./testing/stand-in-replica.ts"
import { ending, gatewaySettings, startGateway } from "./testing/start-gateway.ts"

const uuid = /^[0-9a-f-]{36}$/

function headOf(text: string): { status: number; names: string[]; [name: string]: unknown } {
  const [line = "", ...lines] = text.slice(0, text.indexOf("\r\n\r\n")).split("\r\n")
  const fields = lines.map(field => [field.slice(0, field.indexOf(":")), field.slice(field.indexOf(":") + 2)] as const)
  return { status: Number(line.split(" ")[1]), names: fields.map(([name]) => name), ...Object.fromEntries(fields) }
}

const head = (fields: string, method = "POST") => `${method} / HTTP/1.1\r\nhost: a\r\n${fields}\r\n`

describe("an answer that no replica made", () => {
  it.each([
    [400, "a malformed head", "nonsense\r\n\r\n"],
    [400, "a bare line feed", "GET / HTTP/1.1\nhost: a\n\n"],
    [400, "a broken chunk", `${head("transfer-encoding: chunked\r\n")}zz\r\n`],
    [404, "a path that stays inside", get("/metrics")],
    [404, "the path of checks", get("/readyz")],
    [405, "CONNECT", "CONNECT a:1 HTTP/1.1\r\nhost: a\r\n\r\n"],
    [408, "a head that does not end", "GET / HTTP/1.1\r\n"],
    [408, "a body that does not come", head("content-length: 5\r\n")],
    [413, "a large body", head("content-length: 99999999\r\n")],
    [417, "an unknown expectation", head("expect: wonders\r\n")],
    [431, "a large head", `GET / HTTP/1.1\r\nx: ${"a".repeat(20_000)}`],
    [501, "another coding", head("transfer-encoding: gzip\r\n")],
    [503, "a request that nobody takes", get("/")],
    [505, "another version", "GET / HTTP/2.0\r\n\r\n"],
  ])("(%i to %s) names the gateway, a release and a request id", async (status, _name, text) => {
    const gateway = await startGateway([], {}, { head: 30, body: 30 })
    const answer = headOf(await gateway.client().send(text).until("}"))
    expect(answer).toMatchObject({ status, "x-chatops-region": "gateway", "x-chatops-release": "none" })
    expect(answer["x-request-id"]).toMatch(uuid)
    expect(new Set(answer.names).size).toBe(answer.names.length)
  })

  it.each([
    ["rel_1", "rel_1", "rel_1"],
    ["rel_1", "rel_2", "none"],
  ])("with backends of %s and %s is of release %s", async (first, second, release) => {
    const [one, two] = gatewaySettings([{ port: 1 }, { port: 2 }]).backends
    const backends = [
      { ...one, release: first },
      { ...two, release: second },
    ]
    const gateway = await startGateway([], { backends })
    expect(headOf(await gateway.client().send(get("/metrics")).until("}"))).toMatchObject({
      "x-chatops-release": release,
    })
  })

  it("repeats the client's own request id and key as far as they were read", async () => {
    const gateway = await startGateway([], { bodyLimit: 1_024 }, { body: 30 })
    const own = "x-request-id: mine\r\nidempotency-key: k\r\n"
    for (const text of [head(`${own}content-length: 9999\r\n`), head(`${own}content-length: 9\r\n`), head(own)]) {
      const answer = headOf(await gateway.client().send(text).until("}"))
      expect(answer).toMatchObject({ "x-request-id": "mine", "idempotency-key": "k" })
    }
    const chosen = headOf(await gateway.client().send(get("/", "x-request-id: a b\r\n")).until("}"))
    expect(chosen["x-request-id"]).toMatch(uuid)
  })
})

describe("an answer of the gateway's that has a code", () => {
  const limits = { bodyLimit: 1_024, bodyMemory: 1_024, responseTimeout: 30, attempts: 1 }
  it.each<[ClientErrorCode, string]>([
    ["body_too_large", head("content-length: 9999\r\n")],
    ["request_timeout", head("content-length: 5\r\n")],
    ["route_not_found", get("/metrics")],
    ["no_replica_available", get("/dead")],
    ["upstream_timeout", get("/silent")],
    ["overloaded", post("x".repeat(600))],
  ])("has the status and the type that the catalog gives %s", async (code, text) => {
    const replica = await ending(
      StandInReplica.start((received, response, request) => {
        if (received.url === "/dead") reset(received, response, request)
      }),
    )
    const gateway = await startGateway([replica], limits, { body: 30 })
    if (code === "overloaded") gateway.gateway.bodies.resize(0, 1_000)
    const answer = await gateway.client().send(text).until("}}")
    const { status, type } = clientErrors[code]
    expect(headOf(answer)["status"]).toBe(status)
    expect(JSON.parse(answer.slice(answer.indexOf("\r\n\r\n")))).toMatchObject({ error: { type, code } })
  })
})

describe("the key of a POST", () => {
  it.each([
    ["an answer", answerJson({})],
    ["a replica's error", answerError(500, "internal_error")],
    ["a replica's refusal", answerError(503, "draining")],
    ["an answer that says another", answerJson({}, 200, { "idempotency-key": "wrong" })],
    ["no answer", reset],
  ])("that replicas got comes back with %s", async (_name, behaviour) => {
    const replica = await ending(StandInReplica.start(behaviour))
    const gateway = await startGateway([replica], { attempts: 2 })
    for (const own of [undefined, "mine", "caf\xe9"]) {
      replica.received.length = 0
      const text = post("{}", own === undefined ? {} : { "idempotency-key": own })
      const client = gateway.client().send(Buffer.from(text, "latin1"))
      const answer = headOf(await client.until("}"))
      expect(answer["idempotency-key"]).toBe(replica.received[0]?.headers["idempotency-key"])
      if (own === undefined) expect(answer["idempotency-key"]).toMatch(uuid)
      else expect(answer["idempotency-key"]).toBe(own)
      expect(new Set(answer.names).size).toBe(answer.names.length)
    }
  })

  it("comes back before a stream, which may break off", async () => {
    const stream = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    const replica = await ending(RawReplica.start(socket => socket.write(stream, () => socket.end())))
    const gateway = await startGateway([replica], { attempts: 1 })
    const answer = await gateway.client().send(post("{}")).until("stream_interrupted")
    expect(replica.requests[0]).toContain(`idempotency-key: ${headOf(answer)["idempotency-key"]}\r\n`)
  })

  it("comes back with the gateway's own 404 and 503", async () => {
    const gateway = await startGateway([])
    for (const target of ["/metrics", "/v1/responses"]) {
      const answer = headOf(
        await gateway
          .client()
          .send(post("{}", {}, target))
          .until("}"),
      )
      expect(answer["idempotency-key"]).toMatch(uuid)
    }
  })

  it("is no matter of a GET", async () => {
    const gateway = await startGateway([])
    const answer = await gateway.client().send(get("/", "idempotency-key: k\r\n")).until("}")
    expect(answer).not.toContain("idempotency-key")
  })
})

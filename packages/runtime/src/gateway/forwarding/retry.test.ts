import { describe, expect, it } from "vitest"
import { metricsText } from "../metrics-text.ts"
import { get, post } from "../testing/raw-client.ts"
import { RawReplica } from "../testing/raw-replica.ts"
import { answerError, answerJson, reset, StandInReplica } from "../testing/stand-in-replica.ts"
import { ending, gatewaySettings, startGateway } from "../testing/start-gateway.ts"

const statusOf = (text: string) => Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1])

/** A port that nobody listens on. */
async function deadPort(): Promise<{ port: number }> {
  const replica = await StandInReplica.start()
  const { port } = replica
  await replica.kill()
  return { port }
}

describe("sending a request again", () => {
  it.each([
    ["resets before its answer", reset],
    ["is draining", answerError(503, "draining")],
    ["has no database", answerError(503, "database_unavailable")],
    ["cannot reach its model", answerError(502, "upstream_failed")],
  ])("goes to another replica when the first %s", async (_name, behaviour) => {
    const first = await ending(StandInReplica.start(behaviour))
    const second = await ending(StandInReplica.start(answerJson({ from: "second" })))
    const gateway = await startGateway([first, second])
    const answers = []
    for (let request = 0; request < 4; request++) {
      const response = await fetch(`${gateway.url}/v1/responses`, { method: "POST", body: `{"n":${request}}` })
      answers.push(await response.json())
    }
    expect(answers).toEqual(new Array(4).fill({ from: "second" }))
    expect(first.received.length).toBeGreaterThan(0)
    const again = first.received[0]!
    const same = second.received.find(received => received.body === again.body)
    expect(same?.headers["idempotency-key"]).toMatch(/^[0-9a-f-]{36}$/)
    expect(same?.headers).toEqual(again.headers)
    expect(gateway.gateway.status().requests).toMatchObject({ total: 4, active: 0, failed: 0, broken: 0 })
    expect(gateway.gateway.status().requests.retried).toBeGreaterThan(0)
  })

  it("goes elsewhere when the connection is refused, and ejects at once", async () => {
    const dead = await deadPort()
    const second = await ending(StandInReplica.start())
    const gateway = await startGateway([dead, second], { algorithm: "least-connections" })
    for (let request = 0; request < 4; request++) expect((await fetch(gateway.url)).status).toBe(200)
    expect(gateway.gateway.status().backends[0]).toMatchObject({ reason: "ECONNREFUSED" })
    expect(["ejected", "unhealthy"]).toContain(gateway.gateway.status().backends[0]?.state)
  })

  it.each([
    ["draining", 1, "ejected"],
    ["database_unavailable", 1, "unknown"],
    ["database_unavailable", 2, "ejected"],
    ["upstream_failed", 3, "unknown"],
  ])("holds %s, %i times, against the replica: %s", async (code, times, state) => {
    const replica = await ending(StandInReplica.start(answerError(503, code)))
    replica.silent = true
    const gateway = await startGateway([replica], { attempts: times + 1 })
    const client = gateway.client().send(get("/"))
    await replica.requests(times + 1)
    await client.until(code)
    // The last attempt's answer is passed on unread.
    expect(gateway.gateway.status().backends[0]).toMatchObject({ state, total: times + 1 })
  })

  it("keeps the client's own idempotency key", async () => {
    const replica = await ending(StandInReplica.start())
    const gateway = await startGateway([replica])
    await gateway
      .client()
      .send(post("{}", { "idempotency-key": "mine" }))
      .until("true}")
    await gateway
      .client()
      .send(post("{}", { "idempotency-key": "" }))
      .until("true}")
    await fetch(gateway.url)
    expect(replica.received[0]?.headers["idempotency-key"]).toBe("mine")
    expect(replica.received[1]?.headers["idempotency-key"]).toMatch(/^[0-9a-f-]{36}$/)
    expect(replica.received[2]?.headers["idempotency-key"]).toBeUndefined()
  })

  it.each(["round-robin", "least-connections", "ip-hash"])(
    "gives up after the allowed attempts and, by %s too, never asks one twice while another is left",
    async algorithm => {
      const replicas = await Promise.all([1, 2, 3].map(() => ending(StandInReplica.start(reset))))
      const gateway = await startGateway(replicas, { attempts: 4, algorithm })
      const text = await gateway.client().send(post("{}")).until("no_replica_available")
      expect(statusOf(text)).toBe(503)
      expect(text).toContain("retry-after: 1\r\n")
      expect(text).toMatch(/x-chatops-region: (east|west)\r\n/)
      expect(JSON.parse(text.slice(text.indexOf("{")))).toMatchObject({
        error: { type: "unavailable_error", code: "no_replica_available", param: null },
      })
      expect(replicas.map(replica => replica.received.length).toSorted()).toEqual([1, 1, 2])
    },
  )

  it("passes on the last replica's own refusal when all refuse", async () => {
    const replicas = await Promise.all([1, 2].map(() => ending(StandInReplica.start(answerError(503, "draining")))))
    const gateway = await startGateway(replicas, { attempts: 3 })
    const response = await fetch(gateway.url)
    expect([response.status, await response.json()]).toMatchObject([503, { error: { code: "draining" } }])
    expect(replicas.reduce((sum, replica) => sum + replica.received.length, 0)).toBe(3)
  })

  it.each([
    ["a 503 without a retryable code", answerJson({ error: { code: "other" } }, 503), 503],
    ["a 503 that is no JSON", ((_, response) => response.writeHead(503).end("<html>")) satisfies typeof reset, 503],
    ["a 500", answerError(500, "draining"), 500],
    ["a 429", answerError(429, "draining"), 429],
  ])("does not follow on %s", async (_name, behaviour, status) => {
    const replicas = await Promise.all([1, 2].map(() => ending(StandInReplica.start(behaviour))))
    const gateway = await startGateway(replicas)
    const response = await fetch(gateway.url)
    expect(response.status).toBe(status)
    await response.text()
    expect(replicas.reduce((sum, replica) => sum + replica.received.length, 0)).toBe(1)
  })

  const busy = (code: string) => answerJson({ error: { code } }, 503, { "retry-after": "7" })
  const overloaded = busy("overloaded")

  it.each(["overloaded", "upstream_busy"])("asks one other replica on %s, and holds it against neither", async code => {
    const replicas = await Promise.all([1, 2, 3].map(() => ending(StandInReplica.start(busy(code)))))
    const gateway = await startGateway(replicas, { attempts: 6, health: { interval: 60_000, failures: 1 } })
    const response = await fetch(gateway.url, { method: "POST", body: "{}" })
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "7"])
    expect(await response.json()).toEqual({ error: { code } })
    expect(replicas.map(replica => replica.received.length).toSorted()).toEqual([0, 1, 1])
    expect(gateway.gateway.status().requests).toMatchObject({ retried: 1, active: 0 })
    expect(metricsText(gateway.gateway)).toContain("\nchatops_gateway_requests_retried_total 1\n")
    for (const backend of gateway.gateway.status().backends) expect(backend).toMatchObject({ failures: 0, active: 0 })
  })

  it("takes the other replica's answer when only the first is too busy", async () => {
    const first = await ending(StandInReplica.start(overloaded))
    const second = await ending(StandInReplica.start())
    const gateway = await startGateway([first, second])
    for (let request = 0; request < 4; request++) expect((await fetch(gateway.url)).status).toBe(200)
    expect(first.received.length).toBeGreaterThan(0)
  })

  it("passes on at once that the only replica is too busy", async () => {
    const replica = await ending(StandInReplica.start(overloaded))
    const gateway = await startGateway([replica], { attempts: 6 })
    const response = await fetch(gateway.url)
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "7"])
    expect(replica.received).toHaveLength(1)
  })

  it("does not happen for a PATCH that may have been worked on", async () => {
    const replicas = await Promise.all([1, 2].map(() => ending(StandInReplica.start(reset))))
    const gateway = await startGateway(replicas)
    expect((await fetch(gateway.url, { method: "PATCH", body: "{}" })).status).toBe(503)
    expect(replicas.reduce((sum, replica) => sum + replica.received.length, 0)).toBe(1)
  })

  it("follows when a kept-alive connection turns out to be dead, without blaming the replica", async () => {
    let answered = 0
    const replica = await ending(
      RawReplica.start(socket => {
        answered += 1
        if (answered === 2) socket.resetAndDestroy()
        else socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
      }),
    )
    const gateway = await startGateway([replica])
    expect(await (await fetch(gateway.url)).text()).toBe("ok")
    expect(await (await fetch(gateway.url, { method: "POST", body: "{}" })).text()).toBe("ok")
    expect(replica.connections).toBe(2)
    expect(gateway.gateway.status().backends[0]).toMatchObject({ failures: 0, state: "healthy" })
  })

  it("follows when an answer is not valid HTTP", async () => {
    const wrong = await ending(
      RawReplica.start(socket => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nokk")),
    )
    const right = await ending(StandInReplica.start())
    const gateway = await startGateway([wrong, right])
    for (let request = 0; request < 3; request++) expect(await (await fetch(gateway.url)).json()).toEqual({ ok: true })
    expect(wrong.requests.length).toBeGreaterThan(0)
  })

  it("follows when an answer goes wrong in the read that it begins in: nothing of it has gone out", async () => {
    const wrong = await ending(
      RawReplica.start(socket => socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n")),
    )
    const right = await ending(StandInReplica.start())
    const gateway = await startGateway([wrong, right])
    for (let request = 0; request < 3; request++) expect(await (await fetch(gateway.url)).json()).toEqual({ ok: true })
    expect(wrong.requests.length).toBeGreaterThan(0)
    expect(gateway.gateway.status().requests.broken).toBe(0)
  })

  it("goes on waiting for a replica out of reach when there is no other", async () => {
    const answer = Promise.withResolvers<() => void>()
    const replica = await ending(
      StandInReplica.start((_received, response) => answer.resolve(() => response.end("late"))),
    )
    const gateway = await startGateway([replica], { health: { interval: 10, timeout: 10, failures: 1 } })
    const client = gateway.client().send(get("/"))
    const finish = await answer.promise
    replica.silent = true
    await gateway.line("backend unhealthy")
    finish()
    await client.until("late")
    expect(gateway.gateway.status().requests.retried).toBe(0)
  })

  it("rescues a request that waits for a replica which checks can no longer reach", async () => {
    const silent = await ending(StandInReplica.start(() => {}))
    const other = await ending(StandInReplica.start(answerJson({ from: "other" })))
    const gateway = await startGateway([silent, other], { health: { interval: 20, timeout: 20, failures: 2 } })
    const waiting = gateway.client().send(get("/slow"))
    const second = gateway.client().send(get("/slow"))
    await silent.requests(1)
    silent.silent = true
    await Promise.all([waiting.until("other"), second.until("other")])
    expect(gateway.gateway.status().requests).toMatchObject({ failed: 0, retried: 1 })
  })

  it("leaves a replica in peace that answers others while it is too busy for checks, until it falls silent", async () => {
    const busy = await ending(StandInReplica.start((_received, response) => void response.writeHead(200)))
    const other = await ending(StandInReplica.start())
    const health = { interval: 10, timeout: 40, failures: 1 }
    const gateway = await startGateway([busy, other], { health, regions: { west: { weight: 0 } } })
    await expect.poll(() => gateway.gateway.status().backends[0]?.state).toBe("healthy")
    const streamed = Promise.withResolvers<NodeJS.Timeout>()
    busy.behaviour = ({ url }, response) => {
      if (url === "/streamed") streamed.resolve(setInterval(() => response.write("."), 5))
    }
    const [stream, waiting] = [gateway.client().send(get("/streamed")), gateway.client().send(get("/waiting"))]
    const pieces = await streamed.promise
    await stream.until(".")
    await busy.requests(2)
    busy.silent = true
    gateway.gateway.apply({ ...gateway.gateway.settings, regions: { west: { weight: 1 } } })
    await expect.poll(() => busy.unanswered).toBeGreaterThan(4)
    expect(gateway.gateway.status().backends[0]?.state).toBe("healthy")
    expect(gateway.gateway.status().requests.retried).toBe(0)
    clearInterval(pieces)
    await waiting.until("true}")
    expect(gateway.logged.find(({ message }) => message === "backend unhealthy")).toMatchObject({ backend: "east/r1" })
  })

  it("holds a request that nobody has taken until a replica listens, however often it is offered", async () => {
    const { port } = await deadPort()
    const gateway = await startGateway([{ port }], { attempts: 1 })
    const client = gateway.client().send("PATCH / HTTP/1.1\r\nhost: bot\r\ncontent-length: 2\r\n\r\n{}")
    await expect.poll(() => gateway.gateway.status().requests.retried).toBeGreaterThan(5)
    await ending(StandInReplica.start(undefined, port))
    await client.until("true}")
    expect(gateway.gateway.status().requests).toMatchObject({ failed: 0, active: 0 })
  })

  it("refuses a request that nobody has taken for too long", async () => {
    const gateway = await startGateway([await deadPort(), await deadPort()], {}, { hold: 20 })
    const response = await fetch(gateway.url, { method: "POST", body: "{}" })
    expect([response.status, await response.json()]).toMatchObject([503, { error: { code: "no_replica_available" } }])
  })

  it("stops when the client is gone", async () => {
    const dead = await deadPort()
    const gateway = await startGateway([dead], { attempts: 10 }, { again: 60_000 })
    const client = gateway.client().send(get("/"))
    await gateway.line("sending a request again")
    await client.close()
    await expect.poll(() => gateway.gateway.status().requests.active).toBe(0)
  })

  it("answers 504 when the replica does not begin in time", async () => {
    const silent = await ending(StandInReplica.start(() => {}))
    const gateway = await startGateway([silent], { responseTimeout: 30 })
    const response = await fetch(gateway.url)
    expect([response.status, await response.json()]).toMatchObject([504, { error: { code: "upstream_timeout" } }])
    expect(silent.received).toHaveLength(1)
  })

  it("holds an answer that takes too long against nobody while checks pass", async () => {
    const slow = await ending(StandInReplica.start(() => {}))
    const gateway = await startGateway([slow], { responseTimeout: 30, health: { interval: 10, failures: 1 } })
    await expect.poll(() => gateway.gateway.status().backends[0]?.state).toBe("healthy")
    for (let request = 0; request < 3; request++) expect((await fetch(gateway.url)).status).toBe(504)
    expect(gateway.gateway.status().backends[0]).toMatchObject({ state: "healthy", failures: 0, total: 3 })
    expect(gateway.logged.filter(line => line.message === "backend ejected")).toEqual([])
  })

  it("waits a quarter of an hour for an answer unless told otherwise", () => {
    expect(gatewaySettings([]).responseTimeout).toBe(15 * 60_000)
  })

  it("refuses when there is no backend, or none with weight", async () => {
    const replica = await ending(StandInReplica.start())
    const none = await startGateway([])
    const weightless = await startGateway([replica], { regions: { east: { weight: 0 } } })
    for (const { url } of [none, weightless]) expect((await fetch(url)).status).toBe(503)
    expect(replica.received).toHaveLength(0)
  })
})

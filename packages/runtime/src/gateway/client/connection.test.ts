import { describe, expect, it } from "vitest"
import { get, post } from "../testing/raw-client.ts"
import { RawReplica } from "../testing/raw-replica.ts"
import { answerJson, StandInReplica } from "../testing/stand-in-replica.ts"
import { ending, startGateway } from "../testing/start-gateway.ts"

const statuses = (text: string) => [...text.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(match => Number(match[1]))
const echo: StandInReplica["behaviour"] = (received, response) => {
  const { method, url, body } = received
  answerJson({ method, url, body })(received, response, response.req)
}

describe("a client's connection", () => {
  it("carries pipelined requests, answered in their order", async () => {
    const replica = await ending(
      StandInReplica.start((received, response) => {
        // The first takes longer than the second would.
        const answer = () => response.end(`answer to ${received.url}`)
        if (received.url === "/1") setImmediate(answer)
        else answer()
      }),
    )
    const gateway = await startGateway([replica])
    const client = gateway.client().send(get("/1") + post("{}", {}, "/2") + get("/metrics") + get("/3"))
    const text = await client.until("answer to /3")
    expect([...text.matchAll(/answer to \/(\d)|route_not_found/g)].map(match => match[1])).toEqual([
      "1",
      "2",
      undefined,
      "3",
    ])
  })

  it("carries many pipelined requests that need no replica", async () => {
    const gateway = await startGateway([])
    const client = gateway.client().send(get("/metrics").repeat(2_000))
    await expect.poll(() => client.text.split("route_not_found").length - 1).toBe(2_000)
  })

  it("hides a smuggled request inside the body that it was sent as", async () => {
    const replica = await ending(StandInReplica.start(echo))
    const gateway = await startGateway([replica])
    const smuggled = get("/secret")
    const text = `POST /a HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n${smuggled.length.toString(16)}\r\n${smuggled}\r\n0\r\n\r\n`
    await gateway.client().send(text).until('"url":"/a"')
    expect(replica.received.map(({ url, body }) => [url, body])).toEqual([["/a", smuggled]])
    expect(replica.received[0]?.headers).toMatchObject({ "content-length": `${smuggled.length}` })
    expect(replica.received[0]?.headers["transfer-encoding"]).toBeUndefined()
  })

  it.each([
    [
      "both lengths",
      "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
      400,
    ],
    ["two lengths", "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\ncontent-length: 5\r\n\r\nabcd", 400],
    ["another coding", "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: x, chunked\r\n\r\n0\r\n\r\n", 501],
    ["a broken chunk", "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", 400],
    ["a bare LF", "GET / HTTP/1.1\nhost: a\n\n", 400],
    ["nonsense", "\x16\x03\x01\x02\x00\x01\n", 400],
    ["an endless head", `GET / HTTP/1.1\r\nx: ${"a".repeat(20_000)}`, 431],
    ["HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505],
  ])("is refused and ended after %s; nothing that follows is read", async (_name, text, status) => {
    const replica = await ending(StandInReplica.start())
    const gateway = await startGateway([replica])
    const answer = await gateway.client().send(text).send(get("/next")).rest()
    expect(statuses(answer)).toEqual([status])
    expect(answer).toContain("connection: close")
    expect(replica.received).toHaveLength(0)
  })

  it("refuses a body over the limit before it has come, and ends although the client goes on sending", async () => {
    const gateway = await startGateway([], { bodyLimit: 1_024 }, { linger: 30 })
    const client = gateway.client().send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 99999999\r\n\r\n")
    const text = await client.until("body_too_large")
    expect(statuses(text)).toEqual([413])
    const flood = setInterval(() => client.send(Buffer.alloc(10_000)), 1)
    await expect.poll(() => gateway.gateway.connections).toBe(0)
    clearInterval(flood)
  })

  it("refuses a chunked body over the limit", async () => {
    const gateway = await startGateway([], { bodyLimit: 1_024 })
    const client = gateway.client().send("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n")
    client.send(`400\r\n${"x".repeat(1_024)}\r\n1\r\nx\r\n`)
    expect(statuses(await client.rest())).toEqual([413])
  })

  it("gives up on a body that comes too slowly, however steadily", async () => {
    const gateway = await startGateway([], {}, { body: 40 })
    const client = gateway.client().send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\n")
    const drip = setInterval(() => client.send("x"), 2)
    const text = await client.until("request_timeout")
    clearInterval(drip)
    expect(statuses(text)).toEqual([408])
  })

  it("gives up on a head that comes too slowly, however steadily", async () => {
    const gateway = await startGateway([], {}, { head: 40 })
    const client = gateway.client().send("GET / HTTP/1.1\r\nx: ")
    const drip = setInterval(() => client.send("x"), 2)
    expect(statuses(await client.until("request_timeout"))).toEqual([408])
    clearInterval(drip)
  })

  it("is closed without a word when it stays idle, before or after a request", async () => {
    const replica = await ending(StandInReplica.start())
    const gateway = await startGateway([replica], {}, { head: 30, keepAlive: 30 })
    expect(await gateway.client().rest()).toBe("")
    expect(statuses(await gateway.client().send(get("/")).rest())).toEqual([200])
  })

  it("is cut when the client leaves its answer unread", async () => {
    const replica = await ending(
      StandInReplica.start((_received, response) => response.end(Buffer.alloc(32 * 1_024 * 1_024))),
    )
    const gateway = await startGateway([replica], {}, { stalled: 50 })
    const client = gateway.client()
    client.socket.pause()
    client.send(get("/"))
    await replica.requests(1)
    await expect.poll(() => gateway.gateway.connections).toBe(0)
    expect(gateway.gateway.status().requests.active).toBe(0)
  })

  it("says 100 Continue to a client that waits for it", async () => {
    const replica = await ending(StandInReplica.start(echo))
    const gateway = await startGateway([replica])
    const client = gateway
      .client()
      .send("POST / HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n")
    await client.until("HTTP/1.1 100 Continue\r\n\r\n")
    await client.send("hi").until('"body":"hi"')
    expect(replica.received[0]?.headers["expect"]).toBeUndefined()
  })

  it.each(["HTTP/1.1\r\nhost: a\r\nconnection: close", "HTTP/1.0"])("ends after an answer to %s", async line => {
    const replica = await ending(StandInReplica.start())
    const gateway = await startGateway([replica])
    const text = await gateway.client().send(`GET / ${line}\r\n\r\n`).rest()
    expect(text).toContain("connection: close")
    expect(text).toContain('{"ok":true}')
  })

  it("survives a thousand others that are idle", async () => {
    const replica = await ending(StandInReplica.start())
    const gateway = await startGateway([replica])
    const idle = Array.from({ length: 1_000 }, () => gateway.client())
    await expect.poll(() => gateway.gateway.connections).toBe(1_000)
    for (const client of idle.slice(0, 500)) client.send("GET / HTTP/1.1\r\nx: ")
    expect((await fetch(gateway.url)).status).toBe(200)
  })
})

describe("answers without a body", () => {
  it("to HEAD keep their length and are not followed by anything", async () => {
    const replica = await ending(StandInReplica.start(answerJson({ some: "body" })))
    const gateway = await startGateway([replica])
    const client = gateway.client().send("HEAD / HTTP/1.1\r\nhost: a\r\n\r\n")
    const text = await client.until("\r\n\r\n")
    expect(text).toContain("content-length: 15\r\n")
    client.text = ""
    expect(await client.send(get("/")).until("body")).toMatch(/^HTTP\/1\.1 200/)
  })

  it.each([
    ["204", "HTTP/1.1 204 No Content\r\ncontent-length: 5\r\n\r\n", false],
    ["304", "HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\netag: x\r\n\r\n", true],
    ["103 and 200", "HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", true],
    ["100 and 200", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", true],
  ])("(%s) leave the connection in step", async (_name, answer, hasLength) => {
    const replica = await ending(RawReplica.start(socket => socket.write(answer)))
    const gateway = await startGateway([replica])
    const client = gateway.client()
    for (let request = 0; request < 3; request++) {
      client.text = ""
      const text = await client.send(get("/")).until("\r\n\r\n")
      expect(statuses(text)).toEqual([Number(/(\d+) (?:No|Not|OK)/.exec(answer)?.[1])])
      expect(text.includes("content-length")).toBe(hasLength)
    }
    expect(replica.connections).toBe(1)
  })

  it("never let bytes that follow an answer become the next one", async () => {
    const replica = await ending(
      RawReplica.start(socket =>
        socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil"),
      ),
    )
    const gateway = await startGateway([replica])
    for (let request = 0; request < 3; request++) expect(await (await fetch(gateway.url)).text()).toBe("ok")
    expect(replica.connections).toBe(3)
  })
})

describe("headers", () => {
  it("of one connection are not forwarded, in either direction", async () => {
    const replica = await ending(
      RawReplica.start(socket =>
        socket.write(
          "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: x-hop\r\nx-hop: 1\r\nkeep-alive: timeout=9\r\nx-kept: 1\r\n\r\nok",
        ),
      ),
    )
    const gateway = await startGateway([replica])
    const hop =
      "connection: x-mine, keep-alive\r\nx-mine: 1\r\nte: trailers\r\nupgrade: h2c\r\nproxy-connection: x\r\nx-other: 2\r\n"
    const text = await gateway.client().send(get("/", hop)).until("ok")
    expect(text).toContain("x-kept: 1\r\n")
    expect(text).not.toMatch(/x-hop|timeout=9/)
    expect(replica.requests[0]).toContain("x-other: 2\r\n")
    expect(replica.requests[0]).not.toMatch(/x-mine|\nte:|upgrade|proxy-connection/)
  })

  it("name release and region and a request id, unless the replica did", async () => {
    const replica = await ending(StandInReplica.start())
    const gateway = await startGateway([replica])
    const added = await fetch(gateway.url)
    expect(added.headers.get("x-chatops-region")).toBe("east")
    expect(added.headers.get("x-chatops-release")).toBe("rel_000000000001")
    expect(added.headers.get("x-request-id")).toBe(replica.received[0]?.headers["x-request-id"])
    replica.behaviour = answerJson({}, 200, { "x-chatops-region": "r", "x-chatops-release": "s", "x-request-id": "t" })
    const kept = await gateway.client().send(get("/")).until("{}")
    expect(kept).toMatch(/x-chatops-region: r\r\n[\s\S]*x-chatops-release: s\r\n[\s\S]*x-request-id: t\r\n/)
    expect(kept.match(/x-chatops-region|x-chatops-release|x-request-id/g)).toHaveLength(3)
  })

  it.each([
    ["abc-123", true],
    ["/a/b+c=:_.", true],
    ["", false],
    ["a b", false],
    ["x".repeat(129), false],
    ["é", false],
  ])("carry the client's request id %j: %s", async (id, kept) => {
    const replica = await ending(StandInReplica.start())
    const gateway = await startGateway([replica])
    await gateway
      .client()
      .send(get("/", `x-request-id: ${id}\r\n`))
      .until("true}")
    const sent = replica.received[0]?.headers["x-request-id"]
    if (kept) expect(sent).toBe(id)
    else expect(sent).toMatch(/^[0-9a-f-]{36}$/)
  })

  it("tell where a request came from, and only a trusted proxy is believed", async () => {
    const replica = await ending(StandInReplica.start())
    const claims =
      "x-forwarded-for: 203.0.113.5\r\nx-forwarded-proto: https\r\nx-forwarded-host: e\r\nforwarded: for=1\r\nx-real-ip: 1\r\n"
    for (const trusted of [[], ["127.0.0.0/8"]]) {
      const gateway = await startGateway([replica], { trustedProxies: trusted })
      await gateway.client().send(get("/", claims)).until("true}")
    }
    const names = ["x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "forwarded", "x-real-ip"]
    expect(replica.received.map(({ headers }) => names.map(name => headers[name]))).toEqual([
      ["127.0.0.1", "http", "bot.example", undefined, undefined],
      ["203.0.113.5, 127.0.0.1", "https", "e", undefined, undefined],
    ])
  })

  it("and paths that only replicas' own side may see stay inside", async () => {
    const replica = await ending(StandInReplica.start())
    const gateway = await startGateway([replica])
    const metrics = ["/metrics", "/metrics?x", "//metrics", "/%6detrics", "http://a/metrics"]
    const ready = ["/readyz", "/readyz?x", "/x/../readyz", "/READYZ/", "http://a/readyz"]
    for (const target of [...metrics, ...ready]) {
      const text = await gateway.client().send(get(target)).until("route_not_found")
      expect(statuses(text)).toEqual([404])
    }
    expect(replica.received).toHaveLength(0)
    await gateway.client().send(get("/livez")).until("true}")
  })
})

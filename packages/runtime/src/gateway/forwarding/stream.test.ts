import { once } from "node:events"
import http, { type ServerResponse } from "node:http"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { pieces } from "../../testing/pieces.ts"
import { metricsText } from "../metrics-text.ts"
import { get, post } from "../testing/raw-client.ts"
import { RawReplica } from "../testing/raw-replica.ts"
import { StandInReplica } from "../testing/stand-in-replica.ts"
import { ending, startGateway } from "../testing/start-gateway.ts"

const interrupted =
  'event: error\ndata: {"type":"error","code":"stream_interrupted","message":"The answer broke off and is incomplete. ' +
  'Send the request again.","param":null,"retryable":true}\n\n'

/** A replica whose event stream a test writes by hand. */
async function streaming() {
  const { promise, resolve } = Promise.withResolvers<ServerResponse>()
  const replica = await ending(
    StandInReplica.start((_received, response) => {
      response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" })
      response.flushHeaders()
      resolve(response)
    }),
  )
  return { replica, response: promise }
}

/** What a chunked answer says, and whether it ended properly. */
function unchunked(text: string): { content: string; complete: boolean } {
  let rest = text.slice(text.indexOf("\r\n\r\n") + 4)
  let content = ""
  for (;;) {
    const line = /^([0-9a-f]+)\r\n/.exec(rest)
    if (line === null) return { content, complete: false }
    const size = Number.parseInt(line[1]!, 16)
    if (size === 0) return { content, complete: rest === "0\r\n\r\n" }
    content += rest.slice(line[0].length, line[0].length + size)
    rest = rest.slice(line[0].length + size + 2)
  }
}

describe("an event stream", () => {
  it("reaches the client event by event, headers first", async () => {
    const { replica, response } = await streaming()
    const gateway = await startGateway([replica])
    const client = gateway.client().send(post("{}"))
    await client.until("text/event-stream")
    const stream = await response
    stream.write("data: one\n\n")
    await client.until("data: one\n\n")
    stream.write(": ping\n\n")
    await client.until(": ping\n\n")
    stream.end("data: two\n\n")
    expect(unchunked(await client.until("0\r\n\r\n"))).toEqual({
      content: "data: one\n\n: ping\n\ndata: two\n\n",
      complete: true,
    })
  })

  it.each([
    ["at an event boundary", "data: one\n\n", "data: one\n\n"],
    ["inside an event", 'data: one\n\ndata: {"half', "data: one\n\n"],
    ["before its first event", "", ""],
    ["inside its first event", "event: x\n", ""],
  ])("that breaks %s ends with a retryable error event and cleanly", async (_name, sent, kept) => {
    const { replica, response } = await streaming()
    const gateway = await startGateway([replica])
    const client = gateway.client().send(post("{}"))
    await client.until("\r\n\r\n")
    const stream = await response
    if (sent !== "") await new Promise<void>(resolve => stream.write(sent, () => resolve()))
    if (kept !== "") await client.until(kept)
    stream.socket?.resetAndDestroy()
    expect(unchunked(await client.until("0\r\n\r\n"))).toEqual({ content: kept + interrupted, complete: true })
    expect(gateway.gateway.status().requests).toMatchObject({ broken: 1, active: 0, retried: 0 })
    expect(metricsText(gateway.gateway)).toContain("\nchatops_gateway_streams_broken_total 1\n")
    // The connection is still good.
    replica.behaviour = (_received, answer) => answer.end("again")
    await client.send(get("/")).until("again")
  })

  it("that ends early without a reset is broken all the same", async () => {
    const replica = await ending(
      RawReplica.start(socket =>
        socket.end(
          "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n9\r\ndata: a\n\n\r\n",
        ),
      ),
    )
    const gateway = await startGateway([replica])
    const text = await gateway.client().send(post("{}")).until("0\r\n\r\n")
    expect(unchunked(text)).toEqual({ content: `data: a\n\n${interrupted}`, complete: true })
  })

  it("with an event too large to hold back is let through, and still ends at an event boundary", async () => {
    const { replica, response } = await streaming()
    const gateway = await startGateway([replica])
    const client = gateway.client().send(post("{}"))
    const large = `data: ${"x".repeat(100_000)}`
    ;(await response).write(large)
    await expect.poll(() => client.text.length).toBeGreaterThan(100_000)
    ;(await response).socket?.resetAndDestroy()
    expect(unchunked(await client.until("0\r\n\r\n"))).toEqual({
      content: `${large}\n\n${interrupted}`,
      complete: true,
    })
  })

  it("that falls silent for too long is broken", async () => {
    const { replica } = await streaming()
    const gateway = await startGateway([replica], {}, { streamSilence: 30 })
    expect(unchunked(await gateway.client().send(post("{}")).until("0\r\n\r\n")).content).toBe(interrupted)
  })

  it("that is compressed cannot be ended by an event, so it is cut", async () => {
    const replica = await ending(
      StandInReplica.start((_received, response) => {
        response.writeHead(200, { "content-type": "text/event-stream", "content-encoding": "gzip" })
        response.write("data: xyz", () => response.socket?.resetAndDestroy())
      }),
    )
    const gateway = await startGateway([replica])
    expect(await gateway.client().send(get("/")).rest()).not.toContain("0\r\n\r\n")
  })

  it("keeps what an HTTP/1.0 client gets free of chunks, and ends by closing", async () => {
    const { replica, response } = await streaming()
    const gateway = await startGateway([replica])
    const client = gateway.client().send("GET / HTTP/1.0\r\n\r\n")
    ;(await response).end("data: one\n\n")
    const text = await client.rest()
    expect(text.slice(text.indexOf("\r\n\r\n") + 4)).toBe("data: one\n\n")
    expect(text).not.toMatch(/transfer-encoding/i)
    expect(text).toContain("connection: close")
  })
})

describe("an answer with another body", () => {
  it("that breaks is cut, so that the client sees the truncation", async () => {
    const replica = await ending(
      StandInReplica.start((_received, response) => {
        response.writeHead(200, { "content-length": 100 })
        response.write("half", () => response.socket?.resetAndDestroy())
      }),
    )
    const gateway = await startGateway([replica])
    await expect(fetch(gateway.url).then(response => response.text())).rejects.toThrow()
    expect(gateway.gateway.status().requests.broken).toBe(1)
  })

  it("arrives the same however the replica's bytes are cut", async () => {
    const content = fc.string({ maxLength: 200, unit: "binary-ascii" })
    const coding = fc.constantFrom("length", "chunked", "close")
    const type = fc.constantFrom("text/plain", "text/event-stream")
    const hints = fc.constantFrom("", "HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n")
    const numbers = fc.array(fc.nat(), { minLength: 1 })
    let parts: Buffer[] = []
    let closes = false
    const replica = await ending(
      RawReplica.start(async socket => {
        for (const part of parts) await new Promise(resolve => socket.write(part, resolve))
        if (closes) socket.end()
      }),
    )
    const gateway = await startGateway([replica])
    await fc.assert(
      fc.asyncProperty(content, coding, type, hints, numbers, async (body, kind, mime, interim, cuts) => {
        const chunk = body === "" ? "" : `${body.length.toString(16)}\r\n${body}\r\n`
        const [line, coded] = {
          length: [`content-length: ${body.length}\r\n`, body],
          chunked: ["transfer-encoding: chunked\r\n", `${chunk}0\r\n\r\n`],
          close: ["", body],
        }[kind] as [string, string]
        let turn = 0
        const endless = { next: () => ({ value: cuts[turn++ % cuts.length]!, done: false }) } as Iterator<number>
        parts = pieces(`${interim}HTTP/1.1 200 OK\r\ncontent-type: ${mime}\r\n${line}\r\n${coded}`, endless)
        closes = kind === "close"
        const response = await fetch(gateway.url)
        expect(Buffer.from(await response.arrayBuffer()).toString("latin1")).toBe(body)
        expect(response.headers.get("link")).toBeNull()
      }),
      { numRuns: 60 },
    )
  })

  it("slows the replica down while the client does not read, and loses nothing", async () => {
    const size = 32 * 1_024 * 1_024
    let written = 0
    const replica = await ending(
      StandInReplica.start(async (_received, response) => {
        const block = Buffer.alloc(65_536, "x")
        while (written < size) {
          written += block.length
          if (!response.write(block)) await new Promise(resolve => response.once("drain", resolve))
        }
        response.end()
      }),
    )
    const gateway = await startGateway([replica])
    const response = http.get(gateway.url, { agent: false })
    const [answer] = (await once(response, "response")) as [http.IncomingMessage]
    // Full buffers of four sockets hold some megabytes: the replica is stopped well before the end.
    let before = -1
    const stands = () => {
      const stood = written === before
      before = written
      return stood
    }
    await expect.poll(stands, { interval: 200, timeout: 10_000 }).toBe(true)
    expect(written).toBeLessThan(size)
    let read = 0
    for await (const bytes of answer) read += bytes.length
    expect(read).toBe(size)
  })
})

describe("a client that leaves", () => {
  it.each(["before the answer", "during the answer"])("%s ends the replica's request at once", async when => {
    const { promise: closed, resolve } = Promise.withResolvers<void>()
    const replica = await ending(
      StandInReplica.start((_received, response) => {
        response.on("close", resolve)
        if (when === "during the answer") response.writeHead(200).write("some")
      }),
    )
    const gateway = await startGateway([replica])
    const client = gateway.client().send(post("{}"))
    await (when === "during the answer" ? client.until("some") : replica.requests(1))
    await client.close()
    await closed
    await expect.poll(() => gateway.gateway.status().requests.active).toBe(0)
    expect(gateway.gateway.status().backends[0]).toMatchObject({ active: 0, failures: 0 })
  })

  it("and only closes its sending side has left as well", async () => {
    const { promise: closed, resolve } = Promise.withResolvers<void>()
    const replica = await ending(StandInReplica.start((_received, response) => void response.on("close", resolve)))
    const gateway = await startGateway([replica])
    const client = gateway.client().send(post("{}"))
    await replica.requests(1)
    client.socket.end()
    await closed
  })
})

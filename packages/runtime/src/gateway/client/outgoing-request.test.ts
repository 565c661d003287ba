import fc from "fast-check"
import { expect, it } from "vitest"
import { get, RawClient } from "../testing/raw-client.ts"
import { answerJson, StandInReplica } from "../testing/stand-in-replica.ts"
import { ending } from "../testing/start-gateway.ts"
import { outgoingRequest } from "./outgoing-request.ts"
import { RequestReader } from "./request-reader.ts"
import { trustedProxies } from "./trusted-proxies.ts"

const context = { peer: { address: "192.0.2.1", trusted: true }, proxies: trustedProxies([]), newId: () => "id" }

it("whatever is accepted from a client is one request, with the same body, to another HTTP implementation", async () => {
  const name = fc.constantFrom(
    "content-length",
    "Content-Length",
    "transfer-encoding",
    "connection",
    "expect",
    "te",
    "trailer",
    "upgrade",
    "host",
    "x-forwarded-for",
    "x-request-id",
    "idempotency-key",
    "x-a",
    "!#$%&'*+-.^_`|~0",
  )
  const value = fc.constantFrom(
    "",
    "3",
    "5",
    "chunked",
    "close, content-length",
    "keep-alive",
    "h2c",
    "a",
    "\xff",
    "\t b",
    "100-continue",
  )
  const sample = fc.record({
    method: fc.constantFrom("GET", "POST", "PUT", "DELETE", "OPTIONS", "M-SEARCH"),
    target: fc.constantFrom("/", "/a?b=c", "http://other/x", "/%0d%0ax:y", "*", "/a#b"),
    fields: fc.array(fc.tuple(name, value), { maxLength: 5 }),
    body: fc.constantFrom(
      "",
      "abc",
      "5\r\nhello\r\n0\r\n\r\n",
      "0\r\n\r\n",
      "GET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n",
    ),
  })
  const replica = await ending(StandInReplica.start(answerJson({})))
  let accepted = 0
  await fc.assert(
    fc.asyncProperty(sample, async ({ method, target, fields, body }) => {
      const reader = new RequestReader()
      const lines = fields.map(([field, content]) => `${field}: ${content}\r\n`).join("")
      reader.push(Buffer.from(`${method} ${target} HTTP/1.1\r\nhost: a\r\n${lines}\r\n${body}`, "latin1"))
      let event = reader.next(1_000)
      if (event?.kind === "continue") event = reader.next(1_000)
      if (event?.kind !== "request") return
      accepted += 1
      replica.received.length = 0
      const client = new RawClient(replica.port)
      const request = outgoingRequest(event.head, event.body, context)
      client.send(Buffer.concat([...request.bytes, Buffer.from(get("/next"))]))
      await replica.requests(2)
      await client.close()
      expect(replica.received.map(received => [received.method, received.url, received.body])).toEqual([
        [method, event.head.target, event.body.toString("latin1")],
        ["GET", "/next", ""],
      ])
    }),
    { numRuns: 300 },
  )
  expect(accepted).toBeGreaterThan(50)
})

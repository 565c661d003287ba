import { expect, it } from "vitest"
import { defaultBodyMemory } from "../contract/index.ts"
import { get, post } from "./testing/raw-client.ts"
import { StandInReplica } from "./testing/stand-in-replica.ts"
import { ending, startGateway } from "./testing/start-gateway.ts"

const unfinished = (size: number) =>
  `POST / HTTP/1.1\r\nhost: a\r\ncontent-length: ${size + 1}\r\n\r\n${"x".repeat(size)}`
const limits = { bodyMemory: 100_000, bodyLimit: 60_000 }

it("bodies of all connections together have a bound, beyond which a request is refused and may be repeated", async () => {
  const replica = await ending(StandInReplica.start())
  const gateway = await startGateway([replica], limits)
  const first = gateway.client().send(unfinished(50_000))
  await expect.poll(() => gateway.gateway.bodies.used).toBeGreaterThanOrEqual(50_000)
  for (const text of [unfinished(59_000), post("x".repeat(59_000))]) {
    const refusal = await gateway.client().send(text).rest()
    expect(refusal).toMatch(/^HTTP\/1\.1 503 .*\r\n/)
    expect(refusal).toContain("retry-after: 1\r\n")
    expect(refusal).toContain("x-chatops-region: gateway\r\n")
    expect(JSON.parse(refusal.slice(refusal.indexOf("{")))).toMatchObject({
      error: { type: "unavailable_error", code: "overloaded" },
    })
  }
  // What needs little memory goes on.
  await gateway.client().send(get("/")).until("true}")
  await gateway.client().send(post("{}")).until("true}")
  await first.send("x").until("true}")
  await gateway
    .client()
    .send(post("x".repeat(59_000)))
    .until("true}")
  expect(gateway.gateway.bodies.used).toBe(0)
})

it("a body counts while its request may be sent again, and no longer when the answer has begun", async () => {
  const { promise, resolve } = Promise.withResolvers<() => void>()
  const replica = await ending(StandInReplica.start((_received, response) => resolve(() => response.write("begun"))))
  const gateway = await startGateway([replica], limits)
  const client = gateway.client().send(post("x".repeat(59_000)))
  const begin = await promise
  expect(gateway.gateway.bodies.used).toBe(59_000)
  begin()
  await client.until("begun")
  expect(gateway.gateway.bodies.used).toBe(0)
})

it.each(["in its body", "before its answer"])("the memory of a client that leaves %s is given back", async when => {
  const replica = await ending(StandInReplica.start(() => {}))
  const gateway = await startGateway([replica], limits)
  const client = gateway.client().send(when === "in its body" ? unfinished(50_000) : post("x".repeat(50_000)))
  await expect.poll(() => gateway.gateway.bodies.used).toBeGreaterThanOrEqual(50_000)
  await client.close()
  await expect.poll(() => gateway.gateway.bodies.used).toBe(0)
})

it("the bound is 256 MiB unless told otherwise, and never below the size of one body", async () => {
  const most = (gateway: { bodies: { resize(from: number, to: number): boolean } }) => (size: number) =>
    gateway.bodies.resize(0, size + 1) ? "more" : gateway.bodies.resize(0, size)
  const usual = await startGateway([])
  expect(most(usual.gateway)(defaultBodyMemory)).toBe(true)
  const small = await startGateway([], { bodyMemory: 1_024, bodyLimit: 5_000 })
  expect(most(small.gateway)(5_000)).toBe(true)
})

import { once } from "node:events"
import { expect, it } from "vitest"
import { metricsText } from "./metrics-text.ts"
import { get, post } from "./testing/raw-client.ts"
import { StandInReplica } from "./testing/stand-in-replica.ts"
import { ending, startGateway } from "./testing/start-gateway.ts"

it("requests that were not taken are counted by status, beside those that were", async () => {
  const replica = await ending(StandInReplica.start())
  const { gateway, client } = await startGateway([replica], { bodyMemory: 100_000, bodyLimit: 60_000 })
  const unfinished = client().send(`POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 50001\r\n\r\n${"x".repeat(50_000)}`)
  await expect.poll(() => gateway.status().bodies.used).toBeGreaterThanOrEqual(50_000)
  for (const text of [post("x".repeat(59_000)), post("x".repeat(59_000)), post("x".repeat(61_000)), "nonsense\n"]) {
    await client().send(text).rest()
  }
  await unfinished.send("x").until("true}")
  const status = gateway.status()
  expect(status.requests).toMatchObject({ total: 1, refused: { 503: 2, 413: 1, 400: 1 } })
  expect(status.bodies).toEqual({ used: 0, limit: 100_000 })
  const metrics = metricsText(gateway)
  expect(metrics).toContain('chatops_gateway_requests_refused_total{status="503"} 2\n')
  expect(metrics).toContain("chatops_gateway_body_memory_limit_bytes 100000\n")
})

it("connections beyond the most that are taken are counted as they are closed", async () => {
  const replica = await ending(StandInReplica.start())
  const { gateway, client } = await startGateway([replica], {}, {}, { mostConnections: 2 })
  const [first, second] = [client(), client()]
  for (const open of [first, second]) await open.send(get("/")).until("true}")
  expect(await client().rest()).toBe("")
  expect(gateway.status().connections).toMatchObject({ open: 2, refused: 1 })
  await first.close()
  await expect.poll(() => gateway.status().connections.open).toBe(1)
  await client().send(get("/")).until("true}")
  expect(metricsText(gateway)).toContain("chatops_gateway_connections_refused_total 1\n")
})

it("a client that sends far ahead is held back until its turn, and that is counted", async () => {
  const answer = Promise.withResolvers<() => void>()
  const replica = await ending(
    StandInReplica.start((received, response) => {
      if (received.url === "/first") answer.resolve(() => response.end("first"))
      else response.end("last")
    }),
  )
  const { gateway, client } = await startGateway([replica])
  const eager = client().send(get("/first"))
  const finish = await answer.promise
  // More than the systems' own buffers take, so that what is held back shows at the client.
  eager.send(get("/more").repeat(200_000) + get("/last"))
  await expect.poll(() => gateway.status().connections.heldBack).toBe(1)
  expect(eager.socket.writableLength).toBeGreaterThan(0)
  finish()
  await once(eager.socket, "drain")
  expect(metricsText(gateway)).toContain("chatops_gateway_connections_held_back_total")
})

import { once } from "node:events"
import net from "node:net"
import { text } from "node:stream/consumers"
import { expect, it, onTestFinished } from "vitest"
import { get, post } from "../testing/raw-client.ts"
import { answerJson, StandInReplica } from "../testing/stand-in-replica.ts"
import { ending, startGateway } from "../testing/start-gateway.ts"
import { RegionCuts } from "./region-cuts.ts"

const quick = { health: { interval: 20, timeout: 100, failures: 2, ejection: 60_000 } }
const named = (name: string) => ending(StandInReplica.start(answerJson({ name })))
const ask = async (url: string) => ((await (await fetch(url)).json()) as { name: string }).name

/** Who answers is a matter of how busy each is. */
async function untilBothAnswer(url: string): Promise<void> {
  const names = new Set<string>()
  while (names.size < 2) names.add(await ask(url))
}

it("looks like silence to the gateway: checks get no answer, and its requests go elsewhere", async () => {
  const [east, west] = [await named("east"), await named("west")]
  const { gateway, url, line } = await startGateway([east, west], quick)
  await untilBothAnswer(url)
  const heal = gateway.cuts.cut("east")
  expect(await line("backend unhealthy")).toMatchObject({
    backend: "east/r1",
    reason: "no answer to /readyz within 100 ms",
  })
  const [received, checks] = [east.received.length, east.checks.length]
  expect([await ask(url), await ask(url)]).toEqual(["west", "west"])
  expect([east.received.length, east.checks.length]).toEqual([received, checks])
  heal()
  expect(await line("backend recovered")).toMatchObject({ backend: "east/r1" })
  await untilBothAnswer(url)
})

it("holds back an answer that has begun, and delivers all of it once it healed", async () => {
  const { promise, resolve } = Promise.withResolvers<(text: string) => void>()
  const east = await ending(
    StandInReplica.start((_received, response) => {
      response.writeHead(200, { "content-type": "text/plain" }).write("first ")
      resolve(rest => response.end(rest))
    }),
  )
  const west = await named("west")
  const { gateway, client, url } = await startGateway([east, west])
  const asking = client().send(get("/"))
  const finish = await promise
  await asking.until("first ")
  const heal = gateway.cuts.cut("east")
  finish("x".repeat(500_000))
  // A whole request beside it: what is not held back would be here by then.
  expect(await ask(url)).toBe("west")
  expect(asking.text).not.toContain("x".repeat(8))
  heal()
  await asking.until("x".repeat(1_000))
  await asking.until("\r\n0\r\n\r\n")
  expect(asking.text.match(/x/g)?.length).toBeGreaterThanOrEqual(500_000)
})

it("a replica learns only after the cut that its client has gone, and gets nothing that was given up", async () => {
  const events: string[] = []
  const { promise: begun, resolve } = Promise.withResolvers<void>()
  const { promise: gone, resolve: left } = Promise.withResolvers<void>()
  const east = await ending(
    StandInReplica.start((received, _response, request) => {
      events.push(received.body)
      request.socket.on("close", () => {
        events.push("gone")
        left()
      })
      resolve()
    }),
  )
  const { gateway, client } = await startGateway([east, await named("west")], quick)
  client().send(post("one"))
  await begun
  const heal = gateway.cuts.cut("east")
  // Given up when checks fail, and asked of the other one.
  expect(await client().send(post("two")).until("west")).toContain("west")
  await expect.poll(() => gateway.status().backends[0]?.active).toBe(0)
  expect(events).toEqual(["one"])
  heal()
  await gone
  expect(events).toEqual(["one", "gone"])
})

/** An echo for west; whoever connects first is handed over. */
async function startEcho() {
  const { promise: first, resolve } = Promise.withResolvers<net.Socket>()
  const server = net.createServer(socket => socket.pipe(socket)).listen(0, "127.0.0.1")
  server.once("connection", resolve)
  await once(server, "listening")
  onTestFinished(() => void server.close())
  return { server, first, address: { host: "127.0.0.1", port: (server.address() as net.AddressInfo).port } }
}

it("an open connection carries nothing, and does not learn of a reset, until it heals", async () => {
  const { first, address } = await startEcho()
  const cuts = new RegionCuts()
  const log: string[] = []
  const near = cuts.connect("east", address).on("error", () => undefined)
  near.on("data", bytes => log.push(`near reads ${bytes}`)).on("close", () => log.push("near closes"))
  const far = await first
  far.unpipe(far)
  far.on("data", bytes => log.push(`far reads ${bytes}`)).resume()
  near.write("1")
  await once(far, "data")
  /** What is not held back is there after a whole round trip beside it. */
  const roundTrip = async () => {
    const beside = cuts.connect("west", address)
    beside.end("x")
    expect(await text(beside)).toBe("x")
  }
  const heal = cuts.cut("east")
  near.write("2")
  far.write("3")
  await roundTrip()
  far.resetAndDestroy()
  await roundTrip()
  expect(log).toEqual(["far reads 1"])
  const closed = new Promise(resolve => near.once("close", resolve))
  heal()
  await closed
  expect(log.at(-1)).toBe("near closes")
})

it("a new connection begins when every cut has healed, with what was written before", async () => {
  const { server, address } = await startEcho()
  const cuts = new RegionCuts()
  const [first, second] = [cuts.cut("east"), cuts.cut("east")]
  let [accepted, connected] = [0, 0]
  server.on("connection", () => accepted++)
  const socket = cuts.connect("east", address).on("connect", () => connected++)
  socket.end("hello")
  const elsewhere = cuts.connect("west", address)
  await once(elsewhere, "connect")
  elsewhere.destroy()
  const givenUp = cuts.connect("east", address)
  givenUp.destroy()
  await once(givenUp, "close")
  first()
  first()
  expect([connected, accepted]).toEqual([0, 1])
  second()
  expect(await text(socket)).toBe("hello")
  expect([connected, accepted]).toEqual([1, 2])
})

import type { ServerResponse } from "node:http"
import { describe, expect, it } from "vitest"
import { metricsText } from "./metrics-text.ts"
import { get } from "./testing/raw-client.ts"
import { answerJson, StandInReplica } from "./testing/stand-in-replica.ts"
import { ending, gatewaySettings, startGateway } from "./testing/start-gateway.ts"

const named = (name: string) => ending(StandInReplica.start(answerJson({ name })))
const ask = async (url: string) => ((await (await fetch(url)).json()) as { name: string }).name
const asked = async (url: string, times: number) => {
  const names: string[] = []
  for (let time = 0; time < times; time++) names.push(await ask(url))
  return names
}

describe("health", () => {
  const quick = { health: { interval: 10, timeout: 500, failures: 2, ejection: 60_000 } }

  it("takes a replica out when its checks fail, says why, and takes it back when they pass", async () => {
    const [a, b] = await Promise.all([named("a"), named("b")])
    const gateway = await startGateway([a, b], quick)
    await expect
      .poll(() => gateway.gateway.status().backends.map(backend => backend.state))
      .toEqual(["healthy", "healthy"])
    a.ready = false
    expect(await gateway.line("backend unhealthy")).toMatchObject({
      backend: "east/r1",
      reason: "not ready (503): database away",
      level: "warn",
    })
    expect(gateway.gateway.status().backends[0]).toMatchObject({
      state: "unhealthy",
      reason: "not ready (503): database away",
    })
    expect(await asked(gateway.url, 4)).toEqual(["b", "b", "b", "b"])
    a.ready = true
    expect(await gateway.line("backend recovered")).toMatchObject({ backend: "east/r1" })
    expect((await asked(gateway.url, 4)).toSorted()).toEqual(["a", "a", "b", "b"])
  })

  it("brings a replica that was killed and ejected back as soon as a check passes", async () => {
    const [a, b] = await Promise.all([named("a"), named("b")])
    const { port } = a
    const gateway = await startGateway([a, b], quick)
    await expect.poll(() => gateway.gateway.status().backends[0]?.state).toBe("healthy")
    await a.kill()
    expect(await asked(gateway.url, 4)).toEqual(["b", "b", "b", "b"])
    expect(gateway.gateway.status().backends[0]?.state).toMatch(/ejected|unhealthy/)
    await ending(StandInReplica.start(answerJson({ name: "a2" }), port))
    await gateway.line("backend recovered")
    expect((await asked(gateway.url, 2)).toSorted()).toEqual(["a2", "b"])
  })

  it("tries replicas that are not healthy when there is no other", async () => {
    const a = await named("a")
    a.ready = false
    const gateway = await startGateway([a], quick)
    await gateway.line("backend unhealthy")
    expect(await ask(gateway.url)).toBe("a")
  })
})

describe("balancing by least connections", () => {
  /** A replica that keeps its answers back until it is told to finish them. */
  async function holding(name: string) {
    const open: ServerResponse[] = []
    const replica = await ending(StandInReplica.start((_received, response) => void open.push(response)))
    const finish = () => {
      for (const response of open.splice(0)) response.end(name)
    }
    return { replica, open, finish }
  }

  it("counts the answers that are under way, and no longer those that are over", async () => {
    const [a, b, c] = await Promise.all([holding("a"), holding("b"), holding("c")])
    const replicas = [a.replica, b.replica, c.replica]
    const gateway = await startGateway([a.replica], { algorithm: "least-connections" })
    const { listen } = gateway.gateway.settings
    const answers: Promise<string>[] = []
    /** One after the other, each once the one before has got to a replica. */
    const send = async (count: number) => {
      for (let sent = 0; sent < count; sent++) {
        answers.push(fetch(gateway.url).then(response => response.text()))
        await Promise.any(replicas.map(replica => replica.requests(replica.received.length + 1)))
      }
    }
    await send(5)
    gateway.gateway.apply({ ...gatewaySettings(replicas), listen, algorithm: "least-connections" })
    await send(6)
    expect([a.open, b.open, c.open].map(open => open.length)).toEqual([5, 3, 3])
    a.finish()
    expect(await Promise.all(answers.slice(0, 5))).toEqual(["a", "a", "a", "a", "a"])
    await send(3)
    expect([a.open, b.open, c.open].map(open => open.length)).toEqual([3, 3, 3])
    for (const { finish } of [a, b, c]) finish()
    await Promise.all(answers)
    await expect.poll(() => gateway.gateway.status().backends.map(({ active }) => active)).toEqual([0, 0, 0])
  })
})

describe("balancing by ip-hash", () => {
  const clients = Array.from({ length: 50 }, (_, at) => `203.0.113.${at}`)
  const startHashing = async (trustedProxies: readonly string[]) => {
    const replicas = await Promise.all([named("a"), named("b"), named("c")])
    const { url } = await startGateway(replicas, { algorithm: "ip-hash", trustedProxies })
    return async (forwardedFor: string) => {
      const answer = await fetch(url, { headers: { "x-forwarded-for": forwardedFor } })
      return ((await answer.json()) as { name: string }).name
    }
  }

  it("behind a trusted proxy keeps each forwarded address on one replica, whatever stands before it", async () => {
    const ask = await startHashing(["127.0.0.0/8", "10.0.0.0/8"])
    const homes = new Set<string>()
    for (const client of clients) {
      const home = await ask(client)
      homes.add(home)
      // Left of it stands what the client claims, right of it another proxy that is trusted.
      const claimed = clients.slice(0, 6).map(other => ask(`${other}, ${client}, 10.0.0.7`))
      expect(new Set(await Promise.all(claimed))).toEqual(new Set([home]))
    }
    expect([...homes].toSorted()).toEqual(["a", "b", "c"])
  })

  it("does not believe anybody else's forwarded address", async () => {
    const ask = await startHashing([])
    expect(new Set(await Promise.all(clients.map(ask))).size).toBe(1)
  })
})

describe("new settings", () => {
  it("count at once, for connections that are open too", async () => {
    const [a, b] = await Promise.all([named("a"), named("b")])
    const gateway = await startGateway([a])
    const client = gateway.client()
    await client.send(get("/")).until('"a"')
    const { listen } = gateway.gateway.settings
    gateway.gateway.apply({ ...gatewaySettings([b]), listen, algorithm: "ip-hash" })
    await client.send(get("/")).until('"b"')
    expect(gateway.gateway.status()).toMatchObject({ algorithm: "ip-hash", backends: [{ id: "east/r1" }] })
  })

  it("let a request finish on a replica that they took away", async () => {
    const answer = Promise.withResolvers<() => void>()
    const a = await ending(
      StandInReplica.start((_received, response) => {
        response.writeHead(200).write("begun")
        answer.resolve(() => response.end("done"))
      }),
    )
    const b = await named("b")
    const gateway = await startGateway([a])
    const client = gateway.client().send(get("/"))
    await client.until("begun")
    gateway.gateway.apply({ ...gatewaySettings([b]), listen: gateway.gateway.settings.listen })
    ;(await answer.promise)()
    await client.until("done")
  })

  it("keep the counts and the health of replicas that stay", async () => {
    const a = await named("a")
    const gateway = await startGateway([a])
    await ask(gateway.url)
    gateway.gateway.apply({ ...gateway.gateway.settings, regions: { east: { weight: 3 } } })
    expect(gateway.gateway.status().backends[0]).toMatchObject({ total: 1, weight: 3, state: "healthy" })
  })

  it("give each region, release and replica its share", async () => {
    const [a, b, c] = await Promise.all([named("a"), named("b"), named("c")])
    const backends = gatewaySettings([a, b, c]).backends
    const gateway = await startGateway([], {
      regions: { east: { weight: 1 }, west: { weight: 2 } },
      releases: { new: { weight: 0.5 } },
      backends: [backends[0], { ...backends[1], release: "new" }, { ...backends[2], weight: 2 }],
    })
    expect(gateway.gateway.status().backends.map(backend => backend.weight)).toEqual([1, 1, 4])
    expect((await asked(gateway.url, 12)).toSorted().join("")).toBe("aabbcccccccc")
  })
})

describe("draining", () => {
  it("lets answers finish, ends idle connections, and accepts nothing new", async () => {
    const answer = Promise.withResolvers<() => void>()
    const a = await ending(
      StandInReplica.start((received, response) => {
        if (received.url === "/idle") response.end("idle")
        else answer.resolve(() => response.end("finished"))
      }),
    )
    const gateway = await startGateway([a])
    const idle = gateway.client().send(get("/idle"))
    await idle.until("idle")
    const busy = gateway.client().send(get("/busy"))
    const finish = await answer.promise
    const drained = gateway.drain()
    await idle.rest()
    await expect(fetch(gateway.url)).rejects.toThrow()
    expect(gateway.gateway.status().draining).toBe(true)
    finish()
    const text = await busy.rest()
    expect(text).toContain("finished")
    expect(text).toContain("connection: close")
    await drained
  })

  it("ends streams honestly when their time is over", async () => {
    const a = await ending(
      StandInReplica.start((_received, response) => {
        response.writeHead(200, { "content-type": "text/event-stream" })
        response.write("data: 1\n\n")
      }),
    )
    const gateway = await startGateway([a], { drain: 20 })
    const client = gateway.client().send(get("/"))
    await client.until("data: 1")
    await gateway.drain()
    expect(metricsText(gateway.gateway)).toMatch(/answers_broken_total 1\n[\s\S]*streams_broken_total 0\n/)
    expect(await client.rest()).toMatch(/stream_interrupted[\s\S]*0\r\n\r\n$/)
  })
})

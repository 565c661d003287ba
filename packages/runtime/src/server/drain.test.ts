import { Agent, request } from "node:http"
import { text } from "node:stream/consumers"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { freePort } from "../testing/free-port.ts"
import { type Postgres, startPostgres } from "../testing/postgres.ts"
import { type ReplicaProcess, spawnReplica, startReplicaProcess } from "../testing/replica-process.ts"
import { type ScriptedUpstream, startScriptedUpstream } from "../testing/scripted-upstream.ts"
import { createMigratedDatabase, grantLease, type MigratedDatabase } from "../testing/test-database.ts"
import { replicaSettings } from "../testing/test-replica.ts"

let postgres: Postgres
let database: MigratedDatabase
let upstream: ScriptedUpstream
let key: string
const running: ReplicaProcess[] = []

beforeAll(async () => {
  postgres = await startPostgres()
  database = await createMigratedDatabase(postgres)
  key = await database.createKey("acme")
  upstream = await startScriptedUpstream()
})
afterAll(async () => {
  for (const replica of running) await replica.kill()
  await upstream.close()
  await postgres[Symbol.asyncDispose]()
})

async function start(settings: Parameters<typeof replicaSettings>[2] = {}): Promise<ReplicaProcess> {
  const replica = await startReplicaProcess(
    replicaSettings(database, upstream.baseURL, settings),
    database.runtime.password,
  )
  running.push(replica)
  return replica
}

const isReady = (ready: boolean) => (message: ReplicaProcess["messages"][number]) =>
  message.type === "readiness" && message.ready === ready

function stream(replica: ReplicaProcess, agent?: Agent) {
  const body = JSON.stringify({ input: "Hello", stream: true })
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" }
  const sent = request(`${replica.url}/v1/responses`, { method: "POST", headers, ...(agent && { agent }) }).end(body)
  return new Promise<Awaited<ReturnType<typeof text>>>((resolve, reject) => {
    sent.once("response", response => text(response).then(resolve, reject)).once("error", reject)
  })
}

function get(url: string, agent: Agent): Promise<[number | undefined, Record<string, unknown>]> {
  return new Promise((resolve, reject) => {
    request(url, { agent, headers: { authorization: `Bearer ${key}` } })
      .once("response", async response => resolve([response.statusCode, JSON.parse(await text(response))]))
      .once("error", reject)
      .end()
  })
}

describe("a replica that is told to stop", () => {
  test("refuses new requests at once, finishes the answers it has begun, and exits with 0", async () => {
    const replica = await start()
    const answer = stream(replica)
    const call = await upstream.next()
    call.send("First half, ")
    replica.child.kill("SIGTERM")
    await replica.message(message => message.type === "readiness" && message.reasons.includes("draining"))
    const agent = new Agent({ keepAlive: true })
    expect(await get(`${replica.url}/readyz`, agent)).toEqual([503, { ready: false, reasons: ["draining"] }])
    expect(await get(`${replica.url}/v1/models`, agent)).toMatchObject([503, { error: { code: "draining" } }])
    call.send("second half.")
    call.finish()
    expect(await answer).toContain("event: response.completed")
    expect(await replica.exited).toBe(0)
  })

  test("without anything to do exits at once, although connections are open", async () => {
    const replica = await start()
    const agent = new Agent({ keepAlive: true })
    await get(`${replica.url}/v1/models`, agent)
    const told = performance.now()
    replica.child.kill("SIGTERM")
    expect(await replica.exited).toBe(0)
    expect(performance.now() - told).toBeLessThan(5_000)
  })

  test("gives up on answers that take longer than it was granted", async () => {
    const replica = await start({ drain: 100 })
    const answer = stream(replica)
    const call = await upstream.next()
    call.send("Never ends")
    const broken = expect(answer).rejects.toThrow()
    replica.child.kill("SIGTERM")
    expect(await replica.exited).toBe(0)
    await broken
  })
})

describe("a replica", () => {
  test("that loses its database says so, answers 503, and is ready again by itself", async () => {
    const own = await startPostgres()
    try {
      const ownDatabase = await createMigratedDatabase(own)
      const ownKey = await ownDatabase.createKey("acme")
      const replica = await startReplicaProcess(
        replicaSettings(ownDatabase, upstream.baseURL),
        ownDatabase.runtime.password,
      )
      running.push(replica)
      const notReady = replica.messages.filter(isReady(false)).length
      await own.stop()
      await replica.message(() => replica.messages.filter(isReady(false)).length > notReady)
      const ready = await fetch(`${replica.url}/readyz`)
      expect([ready.status, await ready.json()]).toMatchObject([503, { reasons: [expect.stringContaining("east")] }])
      const asked = performance.now()
      const answer = await fetch(`${replica.url}/v1/models`, { headers: { authorization: `Bearer ${ownKey}` } })
      expect([answer.status, await answer.json()]).toMatchObject([503, { error: { code: "database_unavailable" } }])
      expect(performance.now() - asked).toBeLessThan(6_000)
      const readyBefore = replica.messages.filter(isReady(true)).length
      await own.start()
      await grantLease(ownDatabase)
      await replica.message(() => replica.messages.filter(isReady(true)).length > readyBefore)
      expect((await fetch(`${replica.url}/v1/models`, { headers: { authorization: `Bearer ${ownKey}` } })).status).toBe(
        200,
      )
    } finally {
      await own[Symbol.asyncDispose]()
    }
  }, 40_000)

  test("whose port is taken says so and exits with 1", async () => {
    const first = await start()
    const port = Number(new URL(first.url).port)
    const settings = replicaSettings(database, upstream.baseURL, { listen: { host: "127.0.0.1", port } })
    const second = await spawnReplica(settings, database.runtime.password)
    expect(await second.message(message => message.type === "fatal")).toMatchObject({ code: "PORT_TAKEN" })
    expect(await second.exited).toBe(1)
  })

  test("whose settings are wrong says so and exits with 1", async () => {
    const settings = {
      ...replicaSettings(database, upstream.baseURL),
      listen: { host: "127.0.0.1", port: await freePort() },
      heartbeat: 0,
    }
    const replica = await spawnReplica(settings, database.runtime.password)
    expect(await replica.message(message => message.type === "fatal")).toMatchObject({ code: "SETTINGS_INVALID" })
    expect(await replica.exited).toBe(1)
  })
})

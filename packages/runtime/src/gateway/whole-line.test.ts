import OpenAI from "openai"
import { beforeEach, describe, expect, test, vi } from "vitest"
import type { ReplicaSettings } from "../contract/index.ts"
import { freePort } from "../testing/free-port.ts"
import { sha256 } from "../testing/test-database.ts"
import { startTestReplica } from "../testing/test-replica.ts"
import { useReplica } from "../testing/use-replica.ts"
import { startGateway } from "./testing/start-gateway.ts"

// Official client, gateway, replica and PostgreSQL, all real; the upstream answers when a test says so.

const context = useReplica({ resumeGrace: 1 })

async function startLine() {
  const gateway = await startGateway([{ port: Number(new URL(context.replica.url).port) }])
  const client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: context.key, maxRetries: 0 })
  return { ...gateway, client }
}

describe("a client that aborts", () => {
  const model = "test-model"
  const input = "Tell me something long"
  const messages = [{ role: "user" as const, content: input }]
  type Ask = (client: OpenAI, signal: AbortSignal, onWord: () => void) => PromiseLike<unknown>

  const asks: Record<string, Ask> = {
    "a streamed response": async ({ responses }, signal, onWord) => {
      const events = await responses.create({ model, input, stream: true }, { signal })
      for await (const { type } of events) if (type === "response.output_text.delta") onWord()
    },
    "a response in one piece": ({ responses }, signal) => responses.create({ model, input }, { signal }),
    "a streamed completion": async ({ chat }, signal, onWord) => {
      const chunks = await chat.completions.create({ model, messages, stream: true }, { signal })
      for await (const _ of chunks) onWord()
    },
    "a completion in one piece": ({ chat }, signal) => chat.completions.create({ model, messages }, { signal }),
  }

  test.each(Object.entries(asks))("%s ends the upstream's work, and counts nowhere any longer", async (what, ask) => {
    const { client, gateway } = await startLine()
    const leaving = new AbortController()
    const asked = Promise.resolve(ask(client, leaving.signal, () => leaving.abort())).catch(() => {})
    const call = await context.upstream.next()
    expect(gateway.status().backends[0]?.active).toBe(1)
    if (what.includes("streamed")) call.send("Once")
    else leaving.abort()
    await asked
    await call.hungUp
    await expect
      .poll(() => gateway.status())
      .toMatchObject({
        requests: { total: 1, active: 0, broken: 0, failed: 0, retried: 0 },
        backends: [{ active: 0, failures: 0 }],
      })
    const metrics = () => context.replica.services.metrics.registry.metrics()
    await expect.poll(metrics).toMatch(/requests_total\{route="\/v1\/(responses|chat\/completions)",status="499"\} 1/)
    if (what.includes("streamed")) expect(await metrics()).toContain("chatops_active_streams 0")
    if (what.includes("response")) expect(await metrics()).toContain('chatops_turns_total{outcome="cancelled"} 1')
    expect(await context.database.query("SELECT FROM chatops.turns")).toEqual([])
  })
})

test("a stream that was cut off goes on through the gateway, wherever that sends its client", async () => {
  const host = "127.0.0.1"
  const [east, west] = [await freePort(), await freePort()]
  const start = (region: string, port: number, peer: ReplicaSettings["peers"][number]) =>
    startTestReplica(context.database, {
      upstream: context.upstream.baseURL,
      settings: { region, replica: "r1", peers: [peer] },
      port,
    })
  await using _east = await start("east", east, { region: "west", replica: "r1", host, port: west })
  await using _west = await start("west", west, { region: "east", replica: "r1", host, port: east })
  const gateway = await startGateway([{ port: east }, { port: west }], { algorithm: "round-robin" })
  const { responses } = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: context.key, maxRetries: 0 })
  const asked = responses.create({ input: "Hello", stream: true })
  const call = await context.upstream.next()
  call.send("One, ")
  let [id, last] = ["", 0]
  for await (const event of await asked) {
    if (event.type === "response.created") id = event.response.id
    if (event.type !== "response.output_text.delta") continue
    last = event.sequence_number
    break
  }
  const readers = await Promise.all(
    [1, 2].map(() => responses.retrieve(id, { stream: true, starting_after: last }).withResponse()),
  )
  call.send("two.")
  call.finish()
  for (const { data } of readers) {
    let text = ""
    for await (const event of data) if (event.type === "response.output_text.delta") text += event.delta
    expect(text).toBe("two.")
  }
  const [first, second] = readers.map(({ response }) => response.headers.get("x-chatops-region"))
  expect(first).toBe(second)
  expect(gateway.gateway.status().backends.map(backend => backend.total > 0)).toEqual([true, true])
})

describe("a clock that jumps", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() })
    return () => vi.useRealTimers()
  })
  const finalResponse = (stream: string) =>
    JSON.parse(/^event: response.completed\ndata: (.*)$/m.exec(stream)?.[1] ?? "{}").response
  const jump = (hours: number) => vi.setSystemTime(Date.now() + hours * 3_600_000)

  test.each([25, -25])("by %d hours breaks no answer, forgets no idempotency key, and ends no API key", async hours => {
    const { url } = await startLine()
    const key = `sk-${hours}`
    await context.database.query("SELECT chatops.create_key('acme', 'brief', $1, now() + interval '1 hour')", [
      sha256(key),
    ])
    const headers = { authorization: `Bearer ${key}`, "content-type": "application/json", "idempotency-key": key }
    const body = JSON.stringify({ input: "What time is it?", stream: true })
    const ask = () => fetch(`${url}/v1/responses`, { method: "POST", headers, body })
    const asked = ask()
    const call = await context.upstream.next()
    call.send("Late, ")
    const answer = (await asked).body!.pipeThrough(new TextDecoderStream()).getReader()
    let text = ""
    while (!text.includes("Late, ")) text += (await answer.read()).value
    jump(hours)
    // Meanwhile gateway and replica look at their deadlines, every few milliseconds.
    for (let asks = 0; asks < 5; asks++) expect((await fetch(`${url}/v1/models`, { headers })).status).toBe(200)
    call.send("I think.")
    call.finish()
    for (let next = await answer.read(); !next.done; next = await answer.read()) text += next.value
    expect(finalResponse(text)).toMatchObject({ status: "completed" })
    expect(finalResponse(await (await ask()).text())).toEqual(finalResponse(text))
    expect(context.upstream.calls).toHaveLength(1)
  })

  test("back by an hour makes nobody wait longer for an upstream that fell silent", async () => {
    const chat = {
      ...context.replica.services.chat,
      deadlines: { connect: 1_000, firstToken: 1_000, betweenTokens: 300 },
    }
    await using replica = await startTestReplica(context.database, {
      upstream: context.upstream.baseURL,
      settings: { chat },
    })
    const answering = replica.client(context.key).responses.create({ input: "Well?", stream: true })
    const call = await context.upstream.next()
    call.send("Hm")
    const reading = async () => {
      for await (const { type } of await answering) if (type === "response.output_text.delta") jump(-1)
    }
    await expect(reading()).rejects.toMatchObject({ code: "upstream_timeout" })
  })
})

describe("what administrates", () => {
  test.each([
    // Of the supervisor's socket.
    ["POST", "/admin/create-key"],
    ["POST", "/admin/list-keys"],
    ["POST", "/admin/revoke-key"],
    ["POST", "/admin/create-token"],
    ["GET", "/state"],
    ["GET", "/events"],
    ["PUT", "/spec"],
    // Of the gateway's socket.
    ["GET", "/status"],
    ["PUT", "/settings"],
  ])("%s %s is on no public port, with a valid key or without", async (method, path) => {
    const { url } = await startLine()
    const body = method === "GET" ? null : JSON.stringify({ tenant: "acme", name: "stolen" })
    const json = { "content-type": "application/json" }
    for (const headers of [json, { ...json, authorization: `Bearer ${context.key}` }]) {
      for (const port of [url, context.replica.url]) {
        const answer = await fetch(`${port}${path}`, { method, headers, body })
        expect([answer.status, await answer.json()]).toMatchObject([404, { error: { code: "route_not_found" } }])
      }
    }
    expect(await context.database.query("SELECT FROM chatops.api_keys WHERE name = 'stolen'")).toEqual([])
  })
})

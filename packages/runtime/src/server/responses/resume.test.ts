import fc from "fast-check"
import type { OpenAI } from "openai"
import { APIError } from "openai"
import { beforeEach, describe, expect, onTestFinished, test } from "vitest"
import type { ReplicaSettings } from "../../contract/index.ts"
import { newResponseId, placeOf } from "../../conversation/response-id.ts"
import { freePort } from "../../testing/free-port.ts"
import { startReplicaProcess } from "../../testing/replica-process.ts"
import type { UpstreamCall } from "../../testing/scripted-upstream.ts"
import { replicaSettings, startTestReplica, type TestReplica } from "../../testing/test-replica.ts"
import { useReplica } from "../../testing/use-replica.ts"
import { requireNoStandby, requireStandby, waitUntil } from "../../testing/wait-until.ts"

type Event = OpenAI.Responses.ResponseStreamEvent
const context = useReplica()

/** The replica that makes responses, and one of another region that only knows where it is. */
let maker: TestReplica
let other: TestReplica

const east = { region: "east", replica: "maker" }
const west = { region: "west", replica: "r1" }
const host = "127.0.0.1"

async function startReplica(settings: Partial<ReplicaSettings>, port = 0): Promise<TestReplica> {
  const replica = await startTestReplica(context.database, { upstream: context.upstream.baseURL, settings, port })
  onTestFinished(() => replica[Symbol.asyncDispose]())
  return replica
}

async function startPair(settings: Partial<ReplicaSettings> = {}): Promise<void> {
  const port = await freePort()
  maker = await startReplica({ ...east, ...settings }, port)
  other = await startReplica({ ...west, peers: [{ ...east, host, port }] })
}

/** Asks the maker, reads `count` events while the model says one piece after the other, and cuts the connection. */
async function readUntilCut(
  pieces: readonly string[],
  count: number,
): Promise<{ events: Event[]; call: UpstreamCall }> {
  const asked = maker.client(context.key).responses.create({ input: "Hello", stream: true })
  const call = await context.upstream.next()
  const events: Event[] = []
  const said = speaker(pieces, call)
  said.next()
  for await (const event of await asked) {
    events.push(event)
    if (events.length === count) break
    if (event.type === "response.output_text.delta") said.next()
  }
  return { events, call: { ...call, finish: () => said.rest() } }
}

/** Says one piece at a time, then that it is finished. */
function speaker(pieces: readonly string[], call: UpstreamCall) {
  let at = 0
  const next = () => {
    const piece = pieces[at]
    if (piece !== undefined) call.send(piece)
    else if (at === pieces.length) call.finish()
    at += 1
  }
  return {
    next,
    rest() {
      while (at <= pieces.length) next()
    },
  }
}

async function all(stream: AsyncIterable<Event>): Promise<Event[]> {
  const events: Event[] = []
  for await (const event of stream) events.push(event)
  return events
}

const textOf = (events: readonly Event[]) =>
  events.map(event => (event.type === "response.output_text.delta" ? event.delta : "")).join("")
const numberOf = (event: Event | undefined) => (event as { sequence_number: number }).sequence_number
const idOf = ([first]: readonly Event[]) => (first as { response: { id: string } }).response.id
const stored = (id: string) => waitUntil(context.database, "EXISTS (SELECT FROM chatops.turns WHERE id = $1)", [id])
const waiting = "SELECT pid, query FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
const counted = async (replica: TestReplica, outcome: string) =>
  (await replica.services.metrics.registry.metrics()).includes(`chatops_streams_total{outcome="${outcome}"} 1\n`)

const before = ["response.created", "response.in_progress", "response.output_item.added", "response.content_part.added"]
const after = [
  "response.output_text.done",
  "response.content_part.done",
  "response.output_item.done",
  "response.completed",
]

function expectWhole(events: readonly Event[], text: string): void {
  expect(textOf(events)).toBe(text)
  const types = events.map(event => event.type)
  expect(types.filter(type => type !== "response.output_text.delta")).toEqual([...before, ...after])
  expect([types.slice(0, 4), types.slice(-4)]).toEqual([before, after])
  const numbers = events.map(numberOf)
  expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b))
}

const pieces = fc.array(fc.oneof(fc.string({ unit: "grapheme", minLength: 1, maxLength: 8 }), fc.constant("😀")), {
  minLength: 1,
  maxLength: 5,
})
/** Which event is the last that arrives. */
const cut = fc.nat().map(choice => (length: number) => 1 + (choice % length))
const through = fc.constantFrom("the same replica", "another one")
const replicaOf = (name: string) => (name === "another one" ? other : maker)

describe("a stream that was cut off", () => {
  beforeEach(() => startPair())

  test("goes on where it was, without a gap or doubled text, wherever it was cut", async () => {
    const moment = fc.constantFrom("while it is made", "when it is stored")
    await fc.assert(
      fc.asyncProperty(pieces, cut, through, moment, async (said, choice, name, when) => {
        const { events, call } = await readUntilCut(said, choice(said.length + 8))
        const id = idOf(events)
        if (when === "when it is stored") {
          call.finish()
          await stored(id)
        }
        const client = replicaOf(name).client(context.key)
        const rest = await client.responses.retrieve(id, { stream: true, starting_after: numberOf(events.at(-1)) })
        call.finish()
        expectWhole([...events, ...(await all(rest))], said.join(""))
      }),
      { numRuns: 40 },
    )
  }, 60_000)

  test("goes on with the official client's helper, which drops what it has by itself", async () => {
    await fc.assert(
      fc.asyncProperty(pieces, cut, through, fc.boolean(), async (said, choice, name, late) => {
        const { events, call } = await readUntilCut(said, choice(said.length + 8))
        const id = idOf(events)
        if (late) {
          call.finish()
          await stored(id)
        }
        const last = numberOf(events.at(-1))
        const stream = replicaOf(name).client(context.key).responses.stream({ response_id: id, starting_after: last })
        stream.once("connect", () => call.finish())
        const rest = await all(stream)
        expectWhole([...events, ...rest], said.join(""))
        expect((await stream.finalResponse()).output_text).toBe(said.join(""))
      }),
      { numRuns: 30 },
    )
  }, 60_000)

  test("is told of the replica that makes it, and is counted there", async () => {
    const { events, call } = await readUntilCut(["One, ", "two."], 5)
    await maker.logs(line => line["msg"] === "goes on without its client")
    const client = other.client(context.key)
    const query = { stream: true, starting_after: numberOf(events.at(-1)) } as const
    const { data, response } = await client.responses.retrieve(idOf(events), query).withResponse()
    call.finish()
    expectWhole([...events, ...(await all(data))], "One, two.")
    expect([response.headers.get("x-chatops-region"), response.headers.get("x-chatops-replica")]).toEqual([
      "east",
      "maker",
    ])
    for (const outcome of ["lost", "detached", "resumed", "completed"]) {
      expect([outcome, await counted(maker, outcome)]).toEqual([outcome, true])
    }
  })

  test("has as many readers as ask for it", async () => {
    const { events, call } = await readUntilCut(["One, ", "two."], 4)
    const readers = await Promise.all(
      [maker, other, maker].map(replica =>
        replica.client(context.key).responses.retrieve(idOf(events), { stream: true, starting_after: 3 }),
      ),
    )
    call.finish()
    for (const reader of readers) expectWhole([...events, ...(await all(reader))], "One, two.")
  })

  test("is no stream to another tenant, as if there were none", async () => {
    const { events, call } = await readUntilCut(["Secret"], 5)
    const stranger = await context.database.createKey("other")
    const id = idOf(events)
    const unknown = newResponseId(placeOf(east))
    for (const replica of [maker, other]) {
      const refusals = [id, unknown].map(asked =>
        replica
          .client(stranger)
          .responses.retrieve(asked, { stream: true })
          .then(
            () => "a stream",
            (error: APIError) => [error.status, error.code, error.message.replace(asked, "…")],
          ),
      )
      const [theirs, nobodys] = await Promise.all(refusals)
      expect(theirs).toEqual(nobodys)
      expect(theirs).toEqual([404, "response_not_found", "404 There is no response '…'."])
    }
    call.finish()
    await stored(id)
    await expect(maker.client(stranger).responses.retrieve(id, { stream: true })).rejects.toMatchObject({ status: 404 })
  })

  test("is not acknowledged to who takes it up before its commit is confirmed", async () => {
    const { events, call } = await readUntilCut(["One, ", "two."], 5)
    await maker.logs(line => line["msg"] === "goes on without its client")
    const id = idOf(events)
    await requireStandby(context.database, "nobody")
    try {
      call.finish()
      await waitUntil(context.database, `EXISTS (${waiting} AND query LIKE '%claim AS MATERIALIZED%')`)
      // The commit is reported as done, confirmed by nobody; from then on everybody sees it.
      await context.database.query(`SELECT pg_cancel_backend(pid) FROM (${waiting}) waiting`)
      await stored(id)
      await maker.logs(line => line["code"] === "commit_unknown")
      let ended = false
      const reading = other
        .client(context.key)
        .responses.retrieve(id, { stream: true, starting_after: numberOf(events.at(-1)) })
        .then(all)
        .finally(() => {
          ended = true
        })
      await waitUntil(context.database, `EXISTS (${waiting} AND query LIKE '%pg_logical_emit_message%')`)
      expect(ended).toBe(false)
      await requireNoStandby(context.database)
      expectWhole([...events, ...(await reading)], "One, two.")
    } finally {
      await requireNoStandby(context.database)
    }
  })

  test("ends with the typed error that befalls it while it is read again", async () => {
    const { events, call } = await readUntilCut(["Half", "never"], 5)
    const rest = await maker.client(context.key).responses.retrieve(idOf(events), { stream: true, starting_after: 0 })
    const seen: string[] = []
    const reading = async () => {
      for await (const event of rest) {
        seen.push(event.type)
        if (event.type === "response.output_text.delta") call.breakOff()
      }
    }
    await expect(reading()).rejects.toBeInstanceOf(APIError)
    expect(seen.at(-1)).toBe("response.failed")
    expect(await counted(maker, "told")).toBe(true)
  })
})

describe("a stream that nobody takes up", () => {
  test("is given up after the grace, and nothing is stored", async () => {
    await startPair({ resumeGrace: 1 })
    const { events, call } = await readUntilCut(["Half", "never"], 5)
    await call.hungUp
    const client = other.client(context.key)
    await expect(client.responses.retrieve(idOf(events), { stream: true, starting_after: 4 })).rejects.toMatchObject({
      status: 404,
      code: "response_not_found",
    })
    await expect(client.responses.retrieve(idOf(events))).rejects.toMatchObject({ status: 404 })
    expect(await counted(maker, "cancelled")).toBe(true)
    expect(await maker.services.metrics.registry.metrics()).toContain('chatops_turns_total{outcome="cancelled"} 1')
  })

  test("is stored when it is finished within the grace", async () => {
    await startPair()
    const { events, call } = await readUntilCut(["One, ", "two."], 5)
    call.finish()
    await stored(idOf(events))
    expect((await other.client(context.key).responses.retrieve(idOf(events))).output_text).toBe("One, two.")
  })
})

describe("a response that its client cancels while it is made", () => {
  beforeEach(() => startPair())

  test.each(["the same replica", "another one"])(
    "through %s is given up at once, and nothing is stored",
    async name => {
      const { events, call } = await readUntilCut(["Half", "never"], 5)
      await maker.logs(line => line["msg"] === "goes on without its client")
      const id = idOf(events)
      const reader = await maker.client(context.key).responses.retrieve(id, { stream: true, starting_after: 0 })
      const stranger = replicaOf(name).client(await context.database.createKey("other"))
      await expect(stranger.responses.cancel(id)).rejects.toMatchObject({ status: 404, code: "response_not_found" })
      const client = replicaOf(name).client(context.key)
      expect(await client.responses.cancel(id)).toMatchObject({ id, status: "cancelled", output: [] })
      await call.hungUp
      await expect(all(reader)).rejects.toMatchObject({ code: "response_cancelled" })
      await expect(client.responses.retrieve(id)).rejects.toMatchObject({ status: 404 })
      expect(await counted(maker, "cancelled")).toBe(true)
    },
  )

  test("too late is told so", async () => {
    const { events, call } = await readUntilCut(["One."], 5)
    call.finish()
    const id = idOf(events)
    await stored(id)
    for (const replica of [maker, other]) {
      const cancelled = replica.client(context.key).responses.cancel(id)
      await expect(cancelled).rejects.toMatchObject({ status: 400, code: "response_finished" })
    }
  })
})

describe("a stream whose replica is gone", () => {
  const ask = (replica: TestReplica, id: string, number: number) =>
    replica.client(context.key).responses.retrieve(id, { stream: true, starting_after: number })

  async function startMaker(port: number) {
    const settings = replicaSettings(context.database, context.upstream.baseURL, { ...east, listen: { host, port } })
    const process = await startReplicaProcess(settings, context.database.runtime.password)
    onTestFinished(() => process.kill())
    return process
  }

  test("is gone, unless it was stored", async () => {
    const port = await freePort()
    const killed = await startMaker(port)
    other = await startReplica({ ...west, peers: [{ ...east, host, port }] })
    const url = { baseURL: `${killed.url}/v1`, timeout: 20_000 }
    const client = other.client(context.key).withOptions(url)
    const ids: string[] = []
    for (const finishes of [true, false]) {
      const asked = client.responses.create({ input: "Hello", stream: true })
      const call = await context.upstream.next()
      call.send("Said.")
      if (finishes) call.finish()
      for await (const event of await asked) {
        if (event.type === "response.created") ids.push(event.response.id)
        if (!finishes && event.type === "response.output_text.delta") break
      }
    }
    const [kept = "", lost = ""] = ids
    await killed.kill()
    expect(textOf(await all(await ask(other, kept, 5)))).toBe("id.")
    await expect(ask(other, lost, 5)).rejects.toMatchObject({ status: 410, code: "response_stream_gone" })
    expect(await counted(other, "resume_refused")).toBe(true)

    // A new process of the same name knows that the one before may have had it.
    await startMaker(port)
    await expect(ask(other, lost, 5)).rejects.toMatchObject({ status: 410, code: "response_stream_gone" })
  }, 60_000)
})

describe("a replica that stops", () => {
  test("finishes what it makes without a reader, and lets its client come back through another", async () => {
    await startPair()
    const { events, call } = await readUntilCut(["One, ", "two."], 5)
    await maker.logs(line => line["msg"] === "goes on without its client")
    const drained = maker.drain(20_000)
    const direct = maker.client(context.key).responses.retrieve(idOf(events), { stream: true, starting_after: 4 })
    await expect(direct).rejects.toMatchObject({ status: 503, code: "draining" })
    const rest = await other.client(context.key).responses.retrieve(idOf(events), {
      stream: true,
      starting_after: numberOf(events.at(-1)),
    })
    call.finish()
    expectWhole([...events, ...(await all(rest))], "One, two.")
    expect(await drained).toBe(true)
  })

  test("waits until what nobody reads is stored", async () => {
    await startPair()
    const { events, call } = await readUntilCut(["One, ", "two."], 5)
    await maker.logs(line => line["msg"] === "goes on without its client")
    const drained = maker.drain(20_000)
    call.finish()
    expect(await drained).toBe(true)
    expect((await other.client(context.key).responses.retrieve(idOf(events))).output_text).toBe("One, two.")
  })
})

describe("the query of a retrieval", () => {
  test.each([
    ["starting_after=1", "invalid_value"],
    ["stream=true&starting_after=-1", "invalid_value"],
    ["stream=true&starting_after=x", "invalid_value"],
    ["stream=maybe", "invalid_value"],
    ["include=message.output_text.logprobs", "unsupported_parameter"],
  ])("%s is refused", async (query, code) => {
    const answer = await context.send("GET", `/v1/responses/resp_1?${query}`)
    expect([answer.status, await answer.json()]).toMatchObject([400, { error: { code } }])
  })
})

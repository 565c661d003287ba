import { EventEmitter } from "node:events"
import { createServer } from "node:net"
import { DrillEvent, figuresOf, judgeHistory, type Load, planLoad } from "@chatops/stacks/drill"
import { describe, expect, it, onTestFinished } from "vitest"
import { type DrillLoad, startDrillLoad } from "./start-drill-load.ts"
import { type ImitationOptions, imitatedApi, type Sabotage } from "./testing/imitated-api.ts"

const load: Load = { turnsPerSecond: 200, turnsPerConversation: 4, thinkTime: 0.05, streamed: 0.6, answerTokens: 8 }

interface Recorded {
  readonly events: DrillEvent[]
  readonly load: DrillLoad
}

/** Runs a whole load and reads it back. */
async function runLoad(url: string, options: { seconds?: number; load?: Load; seed?: number } = {}): Promise<Recorded> {
  const events: DrillEvent[] = []
  const running = startDrillLoad({
    url,
    key: "sk-drill",
    plan: planLoad(options.load ?? load, options.seed ?? 1, { seconds: options.seconds ?? 0.6 }),
    record: event => events.push(event),
    origin: performance.now(),
    signal: AbortSignal.timeout(60_000),
  })
  await running.finished
  await running.readBack()
  await running.close()
  return { events, load: running }
}

const turnNumber = ({ input }: { readonly input: string }) => Number(/^drill (\d+): ./.exec(input)?.[1])

it("asks as planned, and records what its users saw", async () => {
  const api = await imitatedApi()
  const { events, load: ended } = await runLoad(api.url)
  for (const event of events) expect(DrillEvent.parse(event)).toEqual(event)
  const figures = figuresOf(events)
  expect(figures.violations).toEqual([])
  expect(figures.turns.requested).toBeGreaterThanOrEqual(
    [...planLoad(load, 1, { seconds: 0.6 }).conversations()].length,
  )
  expect(figures.turns).toMatchObject({ acknowledged: figures.turns.requested, unknown: 0 })
  expect(figures.requests).toMatchObject({ attempts: figures.turns.requested, failed: 0, failedAttempts: {} })
  expect(figures.streams).toMatchObject({ begun: figures.streams.completed, broken: 0 })
  expect(figures.streams.begun).toBeGreaterThan(10)
  expect(ended.counts).toEqual({
    sent: figures.turns.requested,
    acknowledged: figures.turns.requested,
    failed: 0,
    underWay: 0,
  })
  const acknowledged = events.filter(event => event.event === "acknowledged")
  const position = { epoch: 3, timeline: 2, lsn: "0/16B3748" }
  expect(acknowledged.every(({ region }) => region === "east")).toBe(true)
  expect(acknowledged.map(event => event.position)).toEqual(acknowledged.map(() => position))
  const stored = [...api.conversations.values()].flat().map(turnNumber)
  expect(stored.toSorted((a, b) => a - b)).toEqual(stored.map((_, index) => index + 1))
})

describe("against an API on which much goes wrong, and which keeps its promises", () => {
  const cases: Record<string, ImitationOptions> = {
    "gets every turn once": { faulty: 0.3 },
    "gets every turn once where no answer can be gone on with": { faulty: 0.3, resumes: "none" },
    "gets every turn once where half of the attempts fail": { faulty: 0.5 },
  }
  for (const [name, options] of Object.entries(cases))
    it(name, async () => {
      const api = await imitatedApi(options)
      // A slow machine asks for little but the first turn of each conversation: enough of them to meet every fault.
      const { events } = await runLoad(api.url, { seed: 2, load: { ...load, turnsPerSecond: 600 } })
      expect(judgeHistory(events)).toEqual([])
      const { turns, requests, streams } = figuresOf(events)
      expect(turns).toMatchObject({ acknowledged: turns.requested, unknown: 0 })
      expect(requests.attempts).toBeGreaterThan(turns.requested * 1.1)
      expect(Object.keys(requests.failedAttempts)).toEqual(["broken", "reset", "status", "told"])
      expect(streams.retried + streams.resumed).toBe(streams.broken)
      if (options.resumes === "none") expect(streams.resumed).toBe(0)
      else expect(streams.resumed).toBeGreaterThan(0)
      // Every attempt is recorded, and nothing else was asked for a turn; but one that could not open its conversation.
      const received = (pattern: RegExp) => api.requests.filter(request => pattern.test(request)).length
      const unopened = received(/^POST \/v1\/conversations /) - api.conversations.size
      expect(received(/^(POST|GET) \/v1\/responses[ /]/) + unopened).toBe(requests.attempts)
      // What was acknowledged is what is stored, and in the order in which it was asked for.
      const acknowledged = new Set(events.flatMap(event => (event.event === "acknowledged" ? event.response : [])))
      expect(new Set([...api.conversations.values()].flat().map(({ id }) => id))).toEqual(acknowledged)
      for (const stored of api.conversations.values()) {
        const numbers = stored.map(turnNumber)
        expect(numbers).toEqual(numbers.toSorted((a, b) => a - b))
      }
    })
})

describe("shows in its record when an API", () => {
  const rules: Record<Sabotage, readonly string[]> = {
    loses: ["lost"],
    doubles: ["doubled"],
    alters: ["altered"],
    misorders: ["order"],
    adds: ["foreign"],
    "forgets-keys": ["doubled"],
  }
  for (const [sabotage, expected] of Object.entries(rules))
    it(sabotage, async () => {
      const api = await imitatedApi({ faulty: 0.15, sabotage: sabotage as Sabotage })
      const { events, running, seen } = watchLoad(api.url)
      // A slow machine takes its time; what comes after another turn is what can be out of order.
      let later = 0
      await seen(event => event.event === "sent" && event.attempt === 0 && event.turn > 1 && ++later > 60)
      running.stop()
      await running.finished
      await running.readBack()
      const broken = new Set(judgeHistory(events).map(({ rule }) => rule))
      expect([...broken]).toEqual(expected)
    })
})

interface Watched {
  readonly events: DrillEvent[]
  readonly running: DrillLoad
  /** Gives the load up. */
  readonly giveUp: () => void
  /** Resolves with the first event that fulfils this. */
  readonly seen: (wanted: (event: DrillEvent) => boolean) => Promise<DrillEvent>
}

/** Starts a load without an end of its own, and closes it with the test. */
function watchLoad(url: string, plan = planLoad(load, 4)): Watched {
  const events: DrillEvent[] = []
  const arrived = new EventEmitter()
  const abort = new AbortController()
  const running = startDrillLoad({
    ...{ url, key: "sk-drill", plan, origin: performance.now(), signal: abort.signal },
    record: event => {
      events.push(event)
      arrived.emit("event", event)
    },
  })
  onTestFinished(async () => {
    abort.abort()
    await running.finished
    await running.close()
  })
  const seen = (wanted: (event: DrillEvent) => boolean) =>
    new Promise<DrillEvent>(resolve => {
      arrived.on("event", event => {
        if (wanted(event)) resolve(event)
      })
    })
  return { events, running, giveUp: () => abort.abort(), seen }
}

const firstAttempts = (events: readonly DrillEvent[]) =>
  events.filter(event => event.event === "sent" && event.attempt === 0)

it("sends what is due though nothing is answered", async () => {
  const api = await imitatedApi({ faulty: 1, faults: ["unavailable"] })
  const plan = planLoad({ ...load, turnsPerConversation: 1 }, 3, { seconds: 0.6 })
  const planned = [...plan.conversations()]
  const { events, running, giveUp, seen } = watchLoad(api.url, plan)
  await seen(() => firstAttempts(events).length === planned.length)
  expect(running.counts).toEqual({ sent: planned.length, acknowledged: 0, failed: 0, underWay: planned.length })
  giveUp()
  await running.finished
  expect(running.counts).toEqual({ sent: planned.length, acknowledged: 0, failed: planned.length, underWay: 0 })
})

it("lets nobody begin a turn after it was stopped, and everybody end theirs", async () => {
  const api = await imitatedApi({ faulty: 0.5, faults: ["unavailable"] })
  const { events, running, seen } = watchLoad(api.url)
  await seen(() => running.counts.acknowledged > 20)
  running.stop()
  const { sent } = running.counts
  await running.finished
  expect(running.counts).toEqual({ sent, acknowledged: sent, failed: 0, underWay: 0 })
  expect(firstAttempts(events).length).toBe(sent)
})

it("lets nobody begin a turn after it was stopped, however many are late and wherever that finds them", async () => {
  const api = await imitatedApi()
  for (let steps = 0; steps < 6; steps += 1) {
    const { running, seen } = watchLoad(api.url)
    // A machine that stood still: whoever is due by now begins as soon as it goes on.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100)
    await seen(({ event }) => event === "sent")
    // Each lets go on whatever is ready to: a user is found at another point of its way.
    for (let step = 0; step < steps; step += 1) await undefined
    running.stop()
    const { sent } = running.counts
    await running.finished
    expect(running.counts).toEqual({ sent, acknowledged: sent, failed: 0, underWay: 0 })
  }
})

it("waits for nothing any more when it is given up", async () => {
  const api = await imitatedApi({ faulty: 1, faults: ["hangs"] })
  const { events, running, giveUp, seen } = watchLoad(api.url)
  await seen(() => running.counts.underWay > 10)
  giveUp()
  await running.finished
  const { sent } = running.counts
  const failed = events.filter(event => event.event === "failed")
  expect(failed.length).toBe(sent)
  expect(failed).toEqual(failed.map(event => ({ ...event, how: "timeout", again: false })))
  await expect(running.readBack()).rejects.toThrow("aborted")
})

it("is over when an event cannot be recorded", async () => {
  const api = await imitatedApi()
  const { finished, close } = startLoadThatRecords(api.url, () => {
    throw new Error("the disk is full")
  })
  await expect(finished).rejects.toThrow("the disk is full")
  await close()
})

function startLoadThatRecords(url: string, record: (event: DrillEvent) => void) {
  const signal = new AbortController().signal
  const running = startDrillLoad({ url, key: "sk-drill", plan: planLoad(load, 4), origin: 0, signal, record })
  return { finished: running.finished, close: () => running.close() }
}

it("tells a connection that nobody takes from one that breaks", async () => {
  const nobody = await unusedUrl()
  const { seen } = watchLoad(nobody)
  expect(await seen(({ event }) => event === "failed")).toMatchObject({ how: "refused", again: true })
  const api = await imitatedApi({ faulty: 1, faults: ["reset"] })
  expect(await watchLoad(api.url).seen(({ event }) => event === "failed")).toMatchObject({ how: "reset", again: true })
})

it("goes on with an answer that broke off, after the last event that arrived", async () => {
  const api = await imitatedApi({ faulty: 0.4, faults: ["broken-after"] })
  const { events } = await runLoad(api.url, { load: { ...load, streamed: 1 } })
  const broken = events.find(event => event.event === "failed")
  expect(broken).toMatchObject({ how: "broken", lastEvent: 1, again: true })
  const request = broken && "request" in broken ? broken.request : 0
  const after = events.filter(event => "request" in event && event.request === request).slice(2)
  expect(after).toMatchObject([
    { event: "failed", attempt: 0 },
    { event: "sent", attempt: 1, resumes: 1 },
    { event: "first-byte", attempt: 1 },
    { event: "acknowledged", attempt: 1 },
  ])
})

it("asks anew, with the same key, when a broken answer cannot be gone on with", async () => {
  const api = await imitatedApi({ faulty: 0.4, faults: ["broken-after"], resumes: "none" })
  const { events } = await runLoad(api.url, { load: { ...load, streamed: 1 } })
  const refused = events.find(event => event.event === "failed" && event.how === "status")
  expect(refused).toMatchObject({ status: 400, code: "unsupported_parameter", attempt: 1, again: true })
  const posts = api.requests.filter(request => request.startsWith("POST /v1/responses "))
  const keys = new Set(posts)
  expect(keys.size).toBe(figuresOf(events).turns.requested)
  expect(posts.length).toBeGreaterThan(keys.size)
})

it("goes on with a broken answer once, and then asks anew", async () => {
  const api = await imitatedApi({ faulty: 0.4, faults: ["broken-after"], resumes: "breaks" })
  const { events } = await runLoad(api.url, { load: { ...load, streamed: 1 } })
  const { turns, streams } = figuresOf(events)
  expect(turns.acknowledged).toBe(turns.requested)
  expect(streams.resumed).toBeGreaterThan(5)
  const sent = events.filter(event => event.event === "sent")
  for (const { request, attempt } of sent.filter(({ resumes }) => resumes !== undefined))
    expect(sent.find(next => next.request === request && next.attempt === attempt + 1)?.resumes).toBeUndefined()
})

it("ends a conversation whose turn is refused for good", async () => {
  const api = await imitatedApi({ faulty: 0.3, faults: ["gone"] })
  const { events } = await runLoad(api.url)
  const failed = events.filter(event => event.event === "failed")
  expect(failed.length).toBeGreaterThan(5)
  expect(failed).toEqual(failed.map(event => ({ ...event, how: "status", status: 404, again: false })))
  const conversation = new Map(events.flatMap(event => (event.event === "sent" ? [[event.request, event]] : [])))
  const last = failed.map(({ request }) => conversation.get(request))
  for (const end of last)
    expect(
      firstAttempts(events).filter(sent => "turn" in sent && sent.conversation === end?.conversation),
    ).toHaveLength(end?.turn ?? 0)
  expect(judgeHistory(events)).toEqual([])
})

it("reads a conversation that is not there any more as an empty one", async () => {
  const api = await imitatedApi()
  const { running, events, seen } = watchLoad(api.url)
  await seen(() => running.counts.acknowledged > 10)
  running.stop()
  await running.finished
  api.forget()
  await running.readBack()
  const { acknowledged, lost } = figuresOf(events).turns
  expect(lost).toBe(acknowledged)
})

it("says what it cannot read", async () => {
  const api = await imitatedApi({ faulty: 0 })
  const { running, seen } = watchLoad(api.url)
  await seen(() => running.counts.acknowledged > 3)
  running.stop()
  await running.finished
  api.lockOut()
  await expect(running.readBack()).rejects.toMatchObject({
    code: "CHAT_UNREACHABLE",
    message: expect.stringMatching(/status 401/),
  })
})

/** Where nobody listens. */
async function unusedUrl(): Promise<string> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  await new Promise(resolve => server.close(resolve))
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`
}

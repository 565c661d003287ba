import { once } from "node:events"
import type { AddressInfo } from "node:net"
import OpenAI, { APIError } from "openai"
import { afterAll, beforeEach, describe, expect, test } from "vitest"
import { createSimulator } from "./create-simulator.ts"

const server = createSimulator().listen(0, "127.0.0.1")
await once(server, "listening")
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
const openai = new OpenAI({ baseURL: `${origin}/v1`, apiKey: "any", maxRetries: 0 })
const messages = [{ role: "user" as const, content: "hello there" }]
const fast = { firstTokenDelay: 0, tokensPerSecond: 10_000 }

const put = (behaviour: object) =>
  fetch(`${origin}/simulator/behaviour`, { method: "PUT", body: JSON.stringify(behaviour) })
const headers = (values: Record<string, string | number>) => ({
  headers: Object.fromEntries(Object.entries(values).map(([name, value]) => [`x-simulate-${name}`, String(value)])),
})

beforeEach(async () => {
  await put(fast)
})
afterAll(() => {
  server.close()
  server.closeAllConnections()
})

describe("the official client", () => {
  test("gets a plain answer", async () => {
    const answer = await openai.chat.completions.create({ model: "anything", messages })
    expect(answer).toMatchObject({
      object: "chat.completion",
      model: "anything",
      system_fingerprint: "simulator",
      choices: [{ index: 0, finish_reason: "stop" }],
      usage: { prompt_tokens: 2, completion_tokens: 32, total_tokens: 34 },
    })
    expect(answer.choices[0]?.message.content).toContain('You said "hello there"')
  })

  test("gets the same answer as a stream", async () => {
    const plain = await openai.chat.completions.create({ model: "m", messages })
    const stream = await openai.chat.completions.create({ model: "m", messages, stream: true })
    const deltas: string[] = []
    const reasons: (string | null)[] = []
    for await (const chunk of stream) {
      expect(chunk).toMatchObject({ object: "chat.completion.chunk", system_fingerprint: "simulator" })
      expect(chunk.usage).toBeUndefined()
      deltas.push(chunk.choices[0]?.delta.content ?? "")
      reasons.push(chunk.choices[0]?.finish_reason ?? null)
    }
    expect(deltas.join("")).toBe(plain.choices[0]?.message.content)
    expect(deltas.filter(delta => delta !== "")).toHaveLength(32)
    expect(reasons.at(-1)).toBe("stop")
  })

  test("gets usage at the end of a stream when it asks", async () => {
    const options = { model: "m", messages, stream: true, stream_options: { include_usage: true } } as const
    const usages = []
    for await (const chunk of await openai.chat.completions.create(options)) usages.push(chunk.usage)
    expect(usages.at(-1)).toEqual({ prompt_tokens: 2, completion_tokens: 32, total_tokens: 34 })
    expect(new Set(usages.slice(0, -1))).toEqual(new Set([null]))
  })

  test("can limit the answer", async () => {
    const answer = await openai.chat.completions.create({ model: "m", messages, max_completion_tokens: 3 })
    expect(answer.choices[0]).toMatchObject({ finish_reason: "length", message: { content: 'You said "hello' } })
  })

  test("can abort a stream, which closes its connection", async () => {
    await put({ firstTokenDelay: 0, tokensPerSecond: 1 })
    const closed = new Promise(resolve => server.once("request", (_, response) => response.once("close", resolve)))
    const stream = await openai.chat.completions.create({ model: "m", messages, stream: true })
    for await (const _ of stream) break
    await closed
  })

  test("lists the models", async () => {
    expect((await openai.models.list()).data.map(model => model.id)).toEqual(["simulator"])
  })

  test.each([
    [{ n: 2 }, "n"],
    [{ messages: [] }, "messages"],
    [{ model: "" }, "model"],
    [{ max_tokens: 0 }, "max_tokens"],
  ])("is told that %j is wrong", async (wrong, param) => {
    const thrown = await openai.chat.completions.create({ model: "m", messages, ...wrong }).catch(error => error)
    expect(thrown).toBeInstanceOf(APIError)
    expect(thrown).toMatchObject({ status: 400, param, type: "invalid_request_error" })
  })
})

describe("a request's own headers", () => {
  test("ask for an error", async () => {
    const thrown = await openai.chat.completions
      .create({ model: "m", messages }, headers({ error: 503 }))
      .catch(error => error)
    expect(thrown).toMatchObject({ status: 503, code: "simulated_error" })
  })

  test("set the length of the answer", async () => {
    const answer = await openai.chat.completions.create({ model: "m", messages }, headers({ "answer-tokens": 100 }))
    expect(answer.usage?.completion_tokens).toBe(100)
  })

  test("set delay and rate", async () => {
    const before = performance.now()
    const slow = headers({ "first-token-delay": 60, "tokens-per-second": 200, "answer-tokens": 21 })
    const stream = await openai.chat.completions.create({ model: "m", messages, stream: true }, slow)
    const times: number[] = []
    for await (const chunk of stream) if (chunk.choices[0]?.delta.content) times.push(performance.now() - before)
    expect(times[0]).toBeGreaterThanOrEqual(58)
    // 20 gaps of 5 ms; later is possible on a busy machine, earlier is not.
    expect(times.at(-1)! - 60).toBeGreaterThanOrEqual(98)
  })

  test.each([true, false])("break an answer (stream: %s)", async stream => {
    const seen: string[] = []
    const asking = async () => {
      const answer = await openai.chat.completions.create(
        { model: "m", messages, stream },
        headers({ "break-after": 5 }),
      )
      for await (const chunk of answer as AsyncIterable<OpenAI.ChatCompletionChunk>) {
        seen.push(chunk.choices[0]?.delta.content ?? "")
      }
    }
    await expect(asking()).rejects.toThrow()
    expect(seen.filter(text => text !== "")).toHaveLength(stream ? 5 : 0)
  })

  test("are refused when they make no sense", async () => {
    const thrown = await openai.chat.completions
      .create({ model: "m", messages }, headers({ error: 200 }))
      .catch(error => error)
    expect(thrown).toMatchObject({ status: 400, param: "x-simulate-error" })
  })
})

describe("its behaviour", () => {
  test("is replaced as a whole", async () => {
    await put({ ...fast, usage: { prompt_tokens: 7, completion_tokens: 8 }, answerTokens: 4 })
    const answer = await openai.chat.completions.create({ model: "m", messages })
    expect(answer.usage).toEqual({ prompt_tokens: 7, completion_tokens: 8, total_tokens: 15 })
    expect(answer.choices[0]?.message.content).toBe('You said "hello there"…')
    await put(fast)
    expect(await (await fetch(`${origin}/simulator/behaviour`)).json()).toMatchObject({ ...fast, answerTokens: 32 })
  })

  test("fails exactly the share of requests that it is told to", async () => {
    await put({ ...fast, errorRate: 0.25 })
    const outcomes = []
    for (let count = 0; count < 12; count += 1) {
      outcomes.push(
        await openai.chat.completions.create({ model: "m", messages }).then(
          () => 200,
          error => error.status,
        ),
      )
    }
    expect(outcomes.filter(status => status === 500)).toHaveLength(3)
  })

  test("is kept when the new one is wrong", async () => {
    expect((await put({ errorRate: 2 })).status).toBe(400)
    expect((await put({ colour: 2 })).status).toBe(400)
    expect(await (await fetch(`${origin}/simulator/behaviour`)).json()).toMatchObject(fast)
  })
})

test("answers to liveness, to what it does not know, and to what is no JSON", async () => {
  expect((await fetch(`${origin}/livez`)).status).toBe(200)
  expect((await fetch(`${origin}/v1/embeddings`, { method: "POST" })).status).toBe(404)
  const answer = await fetch(`${origin}/v1/chat/completions`, { method: "POST", body: "{" })
  expect([answer.status, await answer.json()]).toMatchObject([400, { error: { code: "invalid_json" } }])
})

test("keeps hundreds of streams at their pace", async () => {
  const pace = headers({ "first-token-delay": 50, "tokens-per-second": 100, "answer-tokens": 20 })
  const before = performance.now()
  const body = JSON.stringify({ model: "m", messages, stream: true })
  const texts = await Promise.all(
    Array.from({ length: 300 }, async () =>
      (await fetch(`${origin}/v1/chat/completions`, { method: "POST", body, ...pace })).text(),
    ),
  )
  expect(new Set(texts.map(text => text.match(/"content":" ?[^"]/g)?.length))).toEqual(new Set([20]))
  expect(performance.now() - before).toBeGreaterThan(238)
})

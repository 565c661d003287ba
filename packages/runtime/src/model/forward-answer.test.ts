import { describe, expect, test } from "vitest"
import { bytesOf, helloBody, modelOf, never } from "./testing/model-of.ts"
import { chunk, done, sendJSON, standIn, startStream, usageChunk, wholeStream } from "./testing/stand-in.ts"

const usage = { input_tokens: 5, output_tokens: 2, total_tokens: 7, cached_tokens: 3 }

async function forwardOf(text: string) {
  await using server = await standIn(response => {
    startStream(response, text)
    response.end()
  })
  await using under = modelOf([server.baseURL])
  const answer = await under.model.forward(helloBody, never())
  return { answer, text: await bytesOf(answer.body), outcomes: under.outcomes }
}

test("a stream's bytes come as they are, comments and line ends included", async () => {
  const text = `: hi\r\n\r\nevent: x\r\ndata: {"a" :  1}\n\n${chunk({ content: "漢" })}${wholeStream("x")}`
  const forwarded = await forwardOf(text)
  expect(forwarded.text).toBe(text)
  expect(forwarded.answer).toMatchObject({ status: 200, contentType: "text/event-stream", upstream: "a" })
  expect(await forwarded.answer.usage).toEqual(usage)
  expect(forwarded.outcomes).toEqual(["a ok"])
})

test("a stream comes in whole events, however the upstream writes them", async () => {
  const text = wholeStream("x".repeat(1_000))
  await using server = await standIn(async response => {
    startStream(response)
    for (let at = 0; at < text.length; at += 50) {
      await new Promise(resolve => response.write(text.slice(at, at + 50), resolve))
    }
    response.end()
  })
  await using under = modelOf([server.baseURL])
  const { body } = await under.model.forward(helloBody, never())
  let whole = ""
  for await (const piece of body) {
    expect(Buffer.from(piece).toString()).toMatch(/\n\n$/)
    whole += Buffer.from(piece).toString()
  }
  expect(whole).toBe(text)
})

test("an event that does not end is an error after those before it, and is held back", async () => {
  await using server = await standIn(response => {
    startStream(response, `${chunk({ content: "a" })}data: `)
    const more = () => {
      while (response.write("x".repeat(65_000)));
      response.once("drain", more)
    }
    more()
  })
  await using under = modelOf([server.baseURL])
  const { body } = await under.model.forward(helloBody, never())
  const iterator = body[Symbol.asyncIterator]()
  expect(Buffer.from((await iterator.next()).value).toString()).toBe(chunk({ content: "a" }))
  await expect(iterator.next()).rejects.toThrow("Upstream a sent an event that is too large.")
  await server.closed(0)
  expect(under.outcomes).toEqual(["a bad_answer"])
})

test("a long stream still tells its usage", async () => {
  const text = Array.from({ length: 5_000 }, (_, at) => chunk({ content: `word ${at} ` })).join("") + wholeStream("x")
  const forwarded = await forwardOf(text)
  expect(forwarded.text === text).toBe(true)
  expect(await forwarded.answer.usage).toEqual(usage)
})

test("a document's bytes come as they are, with its usage", async () => {
  const document = {
    id: "x",
    choices: [{ message: { content: "hi" } }],
    usage: { prompt_tokens: 1, completion_tokens: 1 },
  }
  await using server = await standIn(response => sendJSON(response, 200, document))
  await using under = modelOf([server.baseURL])
  const answer = await under.model.forward({ ...helloBody, stream: false }, never())
  expect(answer.contentType).toBe("application/json")
  expect(JSON.parse(await bytesOf(answer.body))).toEqual(document)
  expect(await answer.usage).toEqual({ input_tokens: 1, output_tokens: 1, total_tokens: 2 })
})

test("the body is sent as it was given", async () => {
  await using server = await standIn(response => sendJSON(response, 200, {}))
  await using under = modelOf([server.baseURL])
  const body = { ...helloBody, seed: 7, stop: ["x"] }
  await bytesOf((await under.model.forward(body, never())).body)
  expect(JSON.parse(server.received[0]!.body)).toEqual(body)
})

test("a stream that ends early is an error after its bytes, and its usage is unknown", async () => {
  await using server = await standIn(response => {
    startStream(response, chunk({ content: "a" }))
    response.end()
  })
  await using under = modelOf([server.baseURL])
  const answer = await under.model.forward(helloBody, never())
  await expect(bytesOf(answer.body)).rejects.toMatchObject({
    code: "upstream_failed",
    message: expect.stringContaining("early"),
  })
  expect(await answer.usage).toBeUndefined()
  expect(under.outcomes).toEqual(["a bad_answer"])
})

test("a stream that ends with its own error event needs no second one", async () => {
  const text = `${chunk({ content: "a" })}data: {"error":{"message":"overloaded"}}\n\n`
  expect((await forwardOf(text)).text).toBe(text)
})

test("a reset in the middle is an error after what had arrived", async () => {
  await using server = await standIn(response => {
    startStream(response)
    response.write(chunk({ content: "a" }), () => response.socket?.resetAndDestroy())
  })
  await using under = modelOf([server.baseURL])
  const { body } = await under.model.forward(helloBody, never())
  const iterator = body[Symbol.asyncIterator]()
  expect(Buffer.from((await iterator.next()).value).toString()).toBe(chunk({ content: "a" }))
  await expect(iterator.next()).rejects.toMatchObject({ code: "upstream_failed" })
})

test("a reset after the last event is not", async () => {
  await using server = await standIn(response => {
    startStream(response)
    response.write(wholeStream("x"), () => response.socket?.resetAndDestroy())
  })
  await using under = modelOf([server.baseURL])
  const answer = await under.model.forward(helloBody, never())
  expect(await bytesOf(answer.body)).toBe(wholeStream("x"))
  expect(await answer.usage).toEqual(usage)
})

describe("a stream that begins with an error event", () => {
  test.each([
    'data: {"error":{"message":"x"}}\n\n',
    'data:{"error": "x"}\n\n',
    'event: error\ndata: {"message":"x"}\n\n',
    ': hi\n\ndata: {"error":{}}\n\n',
  ])("%j goes to the next upstream", async text => {
    await using bad = await standIn(response => {
      startStream(response, text)
      response.end()
    })
    await using good = await standIn(response => {
      startStream(response, wholeStream("x"))
      response.end()
    })
    await using under = modelOf([bad.baseURL, good.baseURL])
    expect((await under.model.forward(helloBody, never())).upstream).toBe("b")
  })

  test("and one whose first chunk says error: null does not", async () => {
    const text = `data: {"error":null,"choices":[]}\n\n${wholeStream("x")}`
    expect((await forwardOf(text)).text).toBe(text)
  })
})

test("a consumer that is slow stops the upstream, not its deadline", async () => {
  let written = 0
  await using server = await standIn(response => {
    startStream(response)
    const more = () => {
      while (written < 64_000_000 && response.writable) {
        written += 65_000
        if (!response.write(chunk({ content: "x".repeat(65_000) }))) return void response.once("drain", more)
      }
      response.end(wholeStream(""))
    }
    more()
  })
  await using under = modelOf([server.baseURL], { betweenTokens: 500 })
  const { body } = await under.model.forward(helloBody, never())
  const iterator = body[Symbol.asyncIterator]()
  await iterator.next()
  const before = written
  // Long enough for the upstream to fill every buffer there is, and for the deadline to have passed.
  await new Promise(resolve => setTimeout(resolve, 800))
  expect(written).toBeLessThan(32_000_000)
  let length = 0
  for (let next = await iterator.next(); !next.done; next = await iterator.next()) length += next.value.length
  expect(length).toBeGreaterThan(60_000_000)
  expect(written).toBeGreaterThan(before)
})

describe("when the caller loses interest", () => {
  test("an abort closes the upstream's socket", async () => {
    await using server = await standIn(response => startStream(response, chunk({ content: "a" })))
    await using under = modelOf([server.baseURL])
    const controller = new AbortController()
    const answer = await under.model.forward(helloBody, controller.signal)
    controller.abort(new Error("gone"))
    await server.closed(0)
    await expect(bytesOf(answer.body)).rejects.toThrow("gone")
    expect(await answer.usage).toBeUndefined()
    expect(under.outcomes).toEqual(["a cancelled"])
  })

  test("leaving the loop does so too", async () => {
    await using server = await standIn(response =>
      startStream(response, chunk({ content: "a" }) + usageChunk + done.slice(0, 3)),
    )
    await using under = modelOf([server.baseURL])
    const answer = await under.model.forward(helloBody, never())
    for await (const _ of answer.body) break
    await server.closed(0)
    expect(await answer.usage).toBeUndefined()
  })
})

import { describe, expect, test } from "vitest"
import { collect, hello, modelOf, never, textOf } from "./testing/model-of.ts"
import { chunk, done, rawStandIn, sendJSON, standIn, startStream, usageChunk, wholeStream } from "./testing/stand-in.ts"

const usage = { input_tokens: 5, output_tokens: 2, total_tokens: 7, cached_tokens: 3 }

async function streamOf(text: string) {
  await using server = await standIn(response => {
    startStream(response, text)
    response.end()
  })
  await using under = modelOf([server.baseURL])
  return await collect(under.model.stream(hello, never()))
}

describe("an answer", () => {
  test("is streamed as started, deltas, finished", async () => {
    expect(
      await streamOf(chunk({ role: "assistant", content: "" }) + chunk({ content: "Hé" }) + wholeStream("llo")),
    ).toEqual([
      { type: "started", upstream: "a" },
      { type: "delta", text: "Hé" },
      { type: "delta", text: "llo" },
      { type: "finished", reason: "stop", usage },
    ])
  })

  test.each([
    ["length", "length"],
    ["max_tokens", "length"],
    ["content_filter", "content_filter"],
    ["eos", "stop"],
  ])("with finish_reason %s ends with %s", async (reason, expected) => {
    const events = await streamOf(chunk({ content: "a" }) + chunk({}, reason) + done)
    expect(events.at(-1)).toEqual({ type: "finished", reason: expected, usage: undefined })
  })

  test("that is a refusal reads as text", async () => {
    expect(textOf(await streamOf(chunk({ refusal: "No." }) + chunk({}, "stop") + done))).toBe("No.")
  })

  test("without [DONE] is whole when it has a finish_reason", async () => {
    expect((await streamOf(chunk({ content: "a" }) + chunk({}, "stop") + usageChunk)).at(-1)).toMatchObject({ usage })
  })

  test("arrives the same when every byte comes alone", async () => {
    await using server = await standIn(response => {
      response.socket?.setNoDelay(true)
      startStream(response)
      const bytes = [...Buffer.from(chunk({ content: "漢字👩‍💻" }) + wholeStream("é"))]
      const writeNext = () => {
        const byte = bytes.shift()
        if (byte === undefined) response.end()
        else response.write(Uint8Array.of(byte), () => setImmediate(writeNext))
      }
      writeNext()
    })
    await using under = modelOf([server.baseURL])
    expect(textOf(await collect(under.model.stream(hello, never())))).toBe("漢字👩‍💻é")
  })

  test("of many events comes in few batches", async () => {
    await using server = await standIn(response => {
      startStream(response)
      for (let count = 0; count < 1_000; count += 1) response.write(chunk({ content: "x" }))
      response.end(chunk({}, "stop") + done)
    })
    await using under = modelOf([server.baseURL])
    let batches = 0
    let deltas = 0
    for await (const batch of under.model.stream(hello, never())) {
      batches += 1
      deltas += batch.filter(event => event.type === "delta").length
    }
    expect(deltas).toBe(1_000)
    expect(batches).toBeLessThan(200)
  })

  test("leaves the connection to the next one", async () => {
    const ports = new Set<number | undefined>()
    await using server = await standIn((response, request) => {
      ports.add(request.socket.remotePort)
      startStream(response, wholeStream("hi"))
      response.end()
    })
    await using under = modelOf([server.baseURL])
    for (let count = 0; count < 5; count += 1) await collect(under.model.stream(hello, never()))
    // The end of an HTTP body may arrive just after [DONE], so a second connection can be needed, but not a third.
    expect(ports.size).toBeLessThanOrEqual(2)
    expect(under.outcomes).toEqual(Array(5).fill("a ok"))
  })
})

test("the request is a streamed chat completion with usage, under the key", async () => {
  await using server = await standIn(response => response.end(wholeStream("x")))
  await using under = modelOf([`${server.baseURL}/?api-version=1`], {}, "sk-secret")
  const request = {
    model: "gpt",
    messages: [
      { role: "developer", content: "be kind" },
      { role: "user", content: "hi" },
    ],
    temperature: 0.5,
    top_p: 0.9,
    max_output_tokens: 12,
    user: "u1",
  } as const
  await collect(under.model.stream(request, never()))
  const { request: sent, body } = server.received[0]!
  expect([sent.method, sent.url]).toEqual(["POST", "/v1/chat/completions?api-version=1"])
  expect(sent.headers).toMatchObject({ "content-type": "application/json", authorization: "Bearer sk-secret" })
  expect(JSON.parse(body)).toEqual({
    model: "gpt",
    messages: [
      { role: "system", content: "be kind" },
      { role: "user", content: "hi" },
    ],
    temperature: 0.5,
    top_p: 0.9,
    max_completion_tokens: 12,
    user: "u1",
    stream: true,
    stream_options: { include_usage: true },
  })
})

describe("never a silent success:", () => {
  test.each<[string, string, string]>([
    ["an end without finish_reason", chunk({ content: "a" }), "ended the answer early"],
    ["[DONE] without finish_reason", chunk({ content: "a" }) + done, "ended the answer early"],
    ["an empty stream", "", "ended the answer before it began"],
    ["only [DONE]", done, "ended the answer before it began"],
    ["only comments", ": hi\n\n: hi\n\n", "ended the answer before it began"],
    [
      "an error event",
      `${chunk({ content: "a" })}data: {"error":{"code":"overloaded"}}\n\n${done}`,
      "error event (overloaded)",
    ],
    ["a named error event", `${chunk({ content: "a" })}event: error\ndata: {"message":"x"}\n\n`, "error event"],
    ["what is not JSON", `${chunk({ content: "a" })}data: {"cho\n\n`, "not JSON"],
    ["what is no object", "data: 7\n\n", "no object"],
    ["an aborted generation", chunk({ content: "a" }) + chunk({}, "abort") + done, "finish_reason abort"],
    ["a giant event", `data: ${"x".repeat(1_100_000)}\n\n`, "too large"],
    ["a giant line", `data: ${"x".repeat(1_100_000)}`, "too large"],
  ])("%s", async (_name, text, message) => {
    await expect(streamOf(text)).rejects.toMatchObject({
      name: "UpstreamError",
      code: "upstream_failed",
      upstream: "a",
      retryable: true,
      message: expect.stringContaining(message),
    })
  })

  test("a JSON document in place of a stream", async () => {
    await using server = await standIn(response => sendJSON(response, 200, { choices: [] }))
    await using under = modelOf([server.baseURL])
    await expect(collect(under.model.stream(hello, never()))).rejects.toThrow("did not answer with an event stream")
  })

  test.each(["garbage\r\n\r\n", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzzz\r\n"])(
    "bytes that are no HTTP: %j",
    async bytes => {
      await using server = await rawStandIn(socket => socket.write(bytes))
      await using under = modelOf([server.baseURL])
      await expect(collect(under.model.stream(hello, never()))).rejects.toMatchObject({ code: "upstream_failed" })
      expect(under.outcomes.at(-1)).toBe("a broken")
    },
  )

  test("a connection that is reset in the middle, after what had arrived", async () => {
    await using server = await standIn(response => {
      startStream(response)
      response.write(chunk({ content: "begun" }), () => response.socket?.resetAndDestroy())
    })
    await using under = modelOf([server.baseURL])
    const answer = under.model.stream(hello, never())[Symbol.asyncIterator]()
    expect(textOf((await answer.next()).value)).toBe("begun")
    await expect(answer.next()).rejects.toMatchObject({
      code: "upstream_failed",
      message: expect.stringContaining("ECONNRESET"),
    })
    expect(under.outcomes).toEqual(["a broken"])
  })

  test("but a reset after the finish_reason takes nothing away", async () => {
    await using server = await standIn(response => {
      startStream(response)
      response.write(chunk({ content: "all" }) + chunk({}, "stop"), () => response.socket?.resetAndDestroy())
    })
    await using under = modelOf([server.baseURL])
    const events = await collect(under.model.stream(hello, never()))
    expect(events.at(-1)).toEqual({ type: "finished", reason: "stop", usage: undefined })
  })
})

describe("when the caller loses interest", () => {
  test("an abort in the middle closes the upstream's socket and throws its reason", async () => {
    await using server = await standIn(response => startStream(response, chunk({ content: "a" })))
    await using under = modelOf([server.baseURL])
    const controller = new AbortController()
    const answer = under.model.stream(hello, controller.signal)[Symbol.asyncIterator]()
    await answer.next()
    const waiting = answer.next()
    controller.abort(new Error("gone"))
    await expect(waiting).rejects.toThrow("gone")
    await server.closed(0)
    expect(under.outcomes).toEqual(["a cancelled"])
  })

  test("an abort before the answer does so too, and no other upstream is asked", async () => {
    await using server = await standIn(() => controller.abort(new Error("gone")))
    await using other = await standIn(response => response.end())
    await using under = modelOf([server.baseURL, other.baseURL])
    const controller = new AbortController()
    await expect(collect(under.model.stream(hello, controller.signal))).rejects.toThrow("gone")
    await server.closed(0)
    expect(other.received).toHaveLength(0)
  })

  test("an abort beforehand sends nothing", async () => {
    await using server = await standIn(response => response.end())
    await using under = modelOf([server.baseURL])
    await expect(collect(under.model.stream(hello, AbortSignal.abort(new Error("gone"))))).rejects.toThrow("gone")
    expect(server.received).toHaveLength(0)
  })

  test("leaving the loop closes the upstream's socket", async () => {
    await using server = await standIn(response => startStream(response, chunk({ content: "a" })))
    await using under = modelOf([server.baseURL])
    for await (const _ of under.model.stream(hello, never())) break
    await server.closed(0)
  })
})

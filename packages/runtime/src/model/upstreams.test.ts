import { describe, expect, test } from "vitest"
import type { Deadlines } from "../contract/index.ts"
import { createModel } from "./index.ts"
import { blackHole } from "./testing/black-hole.ts"
import { bytesOf, collect, hello, helloBody, modelOf, never, textOf } from "./testing/model-of.ts"
import { chunk, rawStandIn, refusedURL, sendJSON, standIn, startStream, wholeStream } from "./testing/stand-in.ts"

const good = () =>
  standIn(response => {
    startStream(response, wholeStream("good"))
    response.end()
  })

/** Both ways to ask, reduced to the text or the error. */
const ways = [
  ["stream", async (under: ReturnType<typeof modelOf>) => textOf(await collect(under.model.stream(hello, never())))],
  [
    "forward",
    async (under: ReturnType<typeof modelOf>) => {
      const text = await bytesOf((await under.model.forward(helloBody, never())).body)
      return /"content":"(\w+)"/.exec(text)?.[1] ?? text
    },
  ],
] as const

describe.each(ways)("%s", (_way, ask) => {
  test.each([408, 409, 429, 500, 502, 503, 529])("goes to the next upstream on %i", async status => {
    await using bad = await standIn(response => sendJSON(response, status, { error: { code: "overloaded" } }))
    await using other = await good()
    await using under = modelOf([bad.baseURL, other.baseURL])
    expect(await ask(under)).toBe("good")
    expect(under.outcomes).toEqual([`a ${status >= 500 ? "server_error" : "busy"}`, "b ok"])
  })

  test("goes to the next upstream when a connection is refused", async () => {
    await using other = await good()
    await using under = modelOf([await refusedURL(), other.baseURL])
    expect(await ask(under)).toBe("good")
    expect(under.outcomes).toEqual(["a unreachable", "b ok"])
  })

  test("goes to the next upstream when a name does not exist", async () => {
    await using other = await good()
    await using under = modelOf(["http://does-not-exist.invalid/v1", other.baseURL])
    expect(await ask(under)).toBe("good")
  })

  test("goes to the next upstream when a new connection is reset before the answer", async () => {
    let connections = 0
    await using bad = await rawStandIn(socket => {
      connections += 1
      socket.resetAndDestroy()
    })
    await using other = await good()
    await using under = modelOf([bad.baseURL, other.baseURL])
    expect(await ask(under)).toBe("good")
    expect(connections).toBe(1)
    expect(under.outcomes).toEqual(["a broken", "b ok"])
  })

  test("does not mind a kept connection that the upstream closed meanwhile", async () => {
    const served = new WeakSet<object>()
    let closed = 0
    await using server = await standIn((response, request) => {
      if (closed === 0 && served.has(request.socket)) {
        closed += 1
        return void request.socket.destroy()
      }
      served.add(request.socket)
      startStream(response, wholeStream("good"))
      response.end()
    })
    await using under = modelOf([server.baseURL])
    for (let count = 0; count < 2; count += 1) expect(await ask(under)).toBe("good")
    expect(closed).toBe(1)
  })

  test.each<[string, Partial<Deadlines>]>([["firstToken", { firstToken: 50 }]])(
    "goes to the next upstream when %s passes without a byte",
    async (_name, deadlines) => {
      await using silent = await standIn(() => {})
      await using other = await good()
      await using under = modelOf([silent.baseURL, other.baseURL], deadlines)
      expect(await ask(under)).toBe("good")
      expect(under.outcomes).toEqual(["a timeout", "b ok"])
      await silent.closed(0)
    },
  )

  test("comments do not count as a first token", async () => {
    await using silent = await standIn(response => {
      startStream(response, ": wait\n\n")
      const timer = setInterval(() => response.write(": wait\n\n"), 10)
      response.once("close", () => clearInterval(timer))
    })
    await using other = await good()
    await using under = modelOf([silent.baseURL, other.baseURL], { firstToken: 100 })
    expect(await ask(under)).toBe("good")
    expect(under.outcomes).toEqual(["a timeout", "b ok"])
  })

  test("nor do they fill the gap between tokens", async () => {
    await using silent = await standIn(response => {
      startStream(response, chunk({ content: "begun" }))
      const timer = setInterval(() => response.write(": wait\n\n"), 10)
      response.once("close", () => clearInterval(timer))
    })
    await using under = modelOf([silent.baseURL], { betweenTokens: 100 })
    await expect(ask(under)).rejects.toMatchObject({
      code: "upstream_timeout",
      message: "Upstream a was silent for 100 ms in the middle of an answer.",
    })
    await silent.closed(0)
  })

  test("a model that keeps talking may take longer than every deadline", async () => {
    await using slow = await standIn(response => {
      startStream(response)
      let left = 10
      const timer = setInterval(() => {
        left -= 1
        if (left > 0) return void response.write(chunk({ content: "a" }))
        clearInterval(timer)
        response.end(wholeStream("a"))
      }, 30)
    })
    await using under = modelOf([slow.baseURL], { firstToken: 200, betweenTokens: 200 })
    expect(await ask(under)).toMatch(/^a+$/)
  })

  test("gives up on a connection that nobody completes", async () => {
    await using hole = await blackHole()
    await using other = await good()
    await using under = modelOf([hole.baseURL, other.baseURL], { connect: 100 })
    const before = performance.now()
    expect(await ask(under)).toBe("good")
    expect(performance.now() - before).toBeLessThan(2_000)
    expect(under.outcomes).toEqual(["a timeout", "b ok"])
  })

  test("does not pay for the same failure again while it cools down", async () => {
    await using silent = await standIn(() => {})
    await using other = await good()
    await using under = modelOf([silent.baseURL, other.baseURL], { firstToken: 50 })
    for (let count = 0; count < 4; count += 1) expect(await ask(under)).toBe("good")
    expect(under.outcomes).toEqual(["a timeout", "b ok", "b ok", "b ok", "b ok"])
  })

  test.each([
    [301, "misconfigured"],
    [401, "unauthorized"],
    [402, "misconfigured"],
    [403, "forbidden"],
    [404, "not_found"],
  ])("goes to the next upstream on %i, for that one's settings may be right", async (status, outcome) => {
    await using wrong = await standIn(response => sendJSON(response, status, { error: { code: "sk-secret" } }))
    await using other = await good()
    await using under = modelOf([wrong.baseURL, other.baseURL])
    for (let count = 0; count < 3; count += 1) expect(await ask(under)).toBe("good")
    // It cools down like any other that failed.
    expect(under.outcomes).toEqual([`a ${outcome}`, "b ok", "b ok", "b ok"])
    expect(under.settings).toEqual([`a ${status}`])
  })

  test("tells of wrong settings once, of another status again, and when they are right at last", async () => {
    const statuses = [401, 401, 500, 401, 404, 200, 200, 401]
    await using upstream = await standIn(response => {
      const status = statuses.shift() ?? 200
      if (status !== 200) return sendJSON(response, status, {})
      startStream(response, wholeStream("good"))
      response.end()
    })
    await using under = modelOf([upstream.baseURL])
    while (statuses.length > 0) await ask(under).catch(() => {})
    expect(under.settings).toEqual(["a 401", "a 404", "a answers", "a 401"])
  })

  test.each([400, 413, 422])("a refusal with %i is the caller's, and nobody else is asked", async status => {
    await using strict = await standIn(response => sendJSON(response, status, { error: { message: "no" } }))
    await using other = await good()
    await using under = modelOf([strict.baseURL, other.baseURL])
    await expect(ask(under)).rejects.toMatchObject({ clientError: { status } })
    expect([other.received.length, under.outcomes, under.settings]).toEqual([0, ["a rejected"], []])
  })

  test("passes a refusal of the request on to the caller", async () => {
    const error = {
      message: "too long",
      type: "invalid_request_error",
      param: "messages",
      code: "context_length_exceeded",
    }
    await using strict = await standIn(response => sendJSON(response, 400, { error }))
    await using under = modelOf([strict.baseURL])
    await expect(ask(under)).rejects.toMatchObject({
      status: 400,
      retryable: false,
      clientError: { status: 400, error },
    })
  })

  test.each([401, 403, 404])("blames the settings for %i, without the key", async status => {
    const message = "Incorrect API key provided: sk-secret"
    await using strict = await standIn(response =>
      sendJSON(response, status, { error: { message, code: "sk-secret" } }),
    )
    await using under = modelOf([strict.baseURL], {}, "sk-secret")
    const thrown = await ask(under).catch(error => error)
    expect(thrown).toMatchObject({
      code: "upstream_misconfigured",
      upstream: "a",
      status,
      retryable: false,
      clientError: undefined,
    })
    expect(thrown.message).toMatch(/^Upstream a answered 40\d/)
    expect(JSON.stringify([thrown, thrown.message, thrown.stack, String(thrown.cause)])).not.toContain("secret")
  })

  test("takes the key out of a refusal that repeats it", async () => {
    await using strict = await standIn(response => sendJSON(response, 400, { error: { message: "Bearer sk-secret?" } }))
    await using under = modelOf([strict.baseURL], {}, "sk-secret")
    await expect(ask(under)).rejects.toMatchObject({ clientError: { error: { message: "Bearer [key]?" } } })
  })

  test("an error page that never ends is not waited for", async () => {
    await using bad = await standIn(response => {
      response.writeHead(500)
      response.write("<h1>")
      const timer = setInterval(() => response.write("x".repeat(10_000)), 1)
      response.once("close", () => clearInterval(timer))
    })
    await using under = modelOf([bad.baseURL])
    await expect(ask(under)).rejects.toMatchObject({ status: 500 })
    await bad.closed(0)
  })

  test("when all fail, says what each did", async () => {
    await using busy = await standIn(response => sendJSON(response, 429, {}, { "retry-after": "3" }))
    await using under = modelOf([await refusedURL(), busy.baseURL])
    await expect(ask(under)).rejects.toMatchObject({
      code: "upstream_failed",
      status: 429,
      retryable: true,
      message: expect.stringMatching(
        /^Every upstream failed\. Upstream a cannot be reached \(ECONNREFUSED\)\. Upstream b answered 429/,
      ),
    })
  })

  test("when all are busy, it says so and when the first of them wants to be asked again", async () => {
    await using one = await standIn(response => sendJSON(response, 429, {}, { "retry-after": "7" }))
    await using two = await standIn(response => sendJSON(response, 429, {}, { "retry-after": "3" }))
    await using both = modelOf([one.baseURL, two.baseURL])
    await expect(ask(both)).rejects.toMatchObject({ code: "upstream_busy", retryable: true, retryAfter: 3_000 })
    await using alone = modelOf([one.baseURL])
    await expect(ask(alone)).rejects.toMatchObject({ code: "upstream_busy", retryAfter: 7_000 })
  })

  test("when the settings of all are wrong, no repeat helps, and it says who answered what", async () => {
    await using one = await standIn(response => sendJSON(response, 401, {}))
    await using two = await standIn(response => sendJSON(response, 404, {}))
    await using under = modelOf([one.baseURL, two.baseURL])
    await expect(ask(under)).rejects.toMatchObject({
      code: "upstream_misconfigured",
      retryable: false,
      tried: [
        { upstream: "a", status: 401 },
        { upstream: "b", status: 404 },
      ],
    })
  })

  test("when the settings of some are wrong, the others tell when to ask again", async () => {
    await using busy = await standIn(response => sendJSON(response, 429, {}, { "retry-after": "3" }))
    await using wrong = await standIn(response => sendJSON(response, 401, {}))
    await using under = modelOf([busy.baseURL, wrong.baseURL])
    await expect(ask(under)).rejects.toMatchObject({ code: "upstream_busy", retryable: true, retryAfter: 3_000 })
  })

  test("when all are too slow, it is a timeout", async () => {
    await using silent = await standIn(() => {})
    await using under = modelOf([silent.baseURL, silent.baseURL], { firstToken: 30 })
    await expect(ask(under)).rejects.toMatchObject({ code: "upstream_timeout" })
  })
})

test("a key is read once, and one that cannot be a key is refused without being shown", () => {
  const chat = {
    model: "m",
    parameters: {},
    deadlines: { connect: 1, firstToken: 1, betweenTokens: 1 },
    upstreams: [{ name: "a", baseURL: "http://127.0.0.1:1/v1", apiKeyFile: "file" }],
  }
  expect(() => createModel(chat, { readKey: () => "se\ncret" })).toThrow(/^The key of upstream a is empty or/)
  expect(() => createModel(chat, { readKey: () => " \n" })).toThrow(/^The key of upstream a is empty or/)
})

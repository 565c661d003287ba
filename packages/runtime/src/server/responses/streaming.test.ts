import { APIError } from "openai"
import { describe, expect, test } from "vitest"
import { useReplica } from "../../testing/use-replica.ts"
import { requireNoStandby, requireStandby } from "../../testing/wait-until.ts"

const context = useReplica({ heartbeat: 50 })
const ask = { model: "test-model", input: "Hello" }

const turnCount = async () =>
  (await context.database.query<{ count: string }>("SELECT count(*) FROM chatops.turns"))[0]?.count

describe("a streamed response", () => {
  test("sends the official sequence of events, numbered by what has been said", async () => {
    context.upstream.answerWith(call => {
      call.send("Hello")
      call.send(' "to"\n you.')
      call.finish()
    })
    const stream = context.client.responses.stream(ask)
    const events: { type: string; sequence_number: number }[] = []
    for await (const event of stream) events.push(event as (typeof events)[number])
    expect(events.map(event => event.type)).toEqual([
      "response.created",
      "response.in_progress",
      "response.output_item.added",
      "response.content_part.added",
      "response.output_text.delta",
      "response.output_text.delta",
      "response.output_text.done",
      "response.content_part.done",
      "response.output_item.done",
      "response.completed",
    ])
    // A delta's number is 3 and the length of the text up to its end.
    expect(events.map(event => event.sequence_number)).toEqual([0, 1, 2, 3, 8, 19, 20, 21, 22, 23])
    const final = await stream.finalResponse()
    expect(final.output_text).toBe('Hello "to"\n you.')
    expect((await context.client.responses.retrieve(final.id)).output_text).toBe(final.output_text)
  })

  test("passes each piece on as it comes", async () => {
    const stream = await context.client.responses.create({ ...ask, stream: true })
    const call = await context.upstream.next()
    const pieces: string[] = []
    call.send("one")
    for await (const event of stream) {
      if (event.type !== "response.output_text.delta") continue
      pieces.push(event.delta)
      if (pieces.length === 1) call.send("two")
      else call.finish()
    }
    expect(pieces).toEqual(["one", "two"])
  })

  test("is kept alive by comments between events while the model is silent", async () => {
    const answer = await context.send("POST", "/v1/responses", { ...ask, stream: true })
    const call = await context.upstream.next()
    let text = ""
    let waitingFor: "first piece" | "end" | "nothing" = "first piece"
    for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk
      const beats = text.split(": keep-alive\n\n").length - 1
      if (beats >= 2 && waitingFor === "first piece") {
        waitingFor = "end"
        call.send("At last.")
      } else if (beats >= 4 && text.includes("At last.") && waitingFor === "end") {
        waitingFor = "nothing"
        call.finish()
      }
    }
    expect(text.startsWith(": keep-alive\n\n")).toBe(true)
    expect(text.split("\n\n").filter(event => event.includes(": keep-alive") && event !== ": keep-alive")).toEqual([])
    expect(text).toContain("event: response.completed")
  })

  test("is kept alive while its turn is being stored", async () => {
    const answer = await context.send("POST", "/v1/responses", { ...ask, stream: true })
    const call = await context.upstream.next()
    await requireStandby(context.database, "nobody")
    try {
      call.answer("Said.")
      let text = ""
      let confirmed = false
      for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
        text += chunk
        if (confirmed || (text.split("Said.")[1] ?? "").split(": keep-alive\n\n").length <= 3) continue
        confirmed = true
        await requireNoStandby(context.database)
      }
      expect(confirmed).toBe(true)
      expect(text).toContain("event: response.completed")
    } finally {
      await requireNoStandby(context.database)
    }
  })

  test("fails as an ordinary error before its first byte", async () => {
    context.upstream.answerWith(call => call.refuse(500))
    const answer = await context.send("POST", "/v1/responses", { ...ask, stream: true })
    expect([answer.status, await answer.json()]).toMatchObject([502, { error: { code: "upstream_failed" } }])
  })

  test("ends with a typed, retryable error after its first byte, and stores nothing", async () => {
    const before = await turnCount()
    const answer = await context.send("POST", "/v1/responses", { ...ask, stream: true })
    const call = await context.upstream.next()
    call.send("Half an ans")
    let text = ""
    for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
      if (!text.includes("Half") && (text + chunk).includes("Half")) call.breakOff()
      text += chunk
    }
    const events = text.trim().split("\n\n")
    expect(events.at(-2)).toMatch(/^event: response.failed\n/)
    expect(events.at(-1)?.split("\n")[0]).toBe("event: error")
    expect(JSON.parse(events.at(-1)?.split("data: ")[1] ?? "")).toMatchObject({
      type: "error",
      code: "upstream_failed",
      param: null,
      retryable: true,
    })
    expect(await turnCount()).toBe(before)
  })

  test("makes the official client throw when it breaks off", async () => {
    const stream = await context.client.responses.create({ ...ask, stream: true })
    const call = await context.upstream.next()
    call.send("Half")
    const reading = async () => {
      for await (const event of stream) if (event.type === "response.output_text.delta") call.breakOff()
    }
    await expect(reading()).rejects.toBeInstanceOf(APIError)
  })

  test("that is not stored cancels the upstream when the client goes away", async () => {
    const before = await turnCount()
    const stream = await context.client.responses.create({ ...ask, stream: true, store: false })
    const call = await context.upstream.next()
    call.send("Half")
    for await (const event of stream) if (event.type === "response.output_text.delta") break
    await call.hungUp
    expect(await turnCount()).toBe(before)
    expect(await context.replica.services.metrics.registry.metrics()).toContain(
      'chatops_turns_total{outcome="cancelled"} 1',
    )
  })

  test("an unstreamed one cancels the upstream, too", async () => {
    const abort = new AbortController()
    const pending = context.client.responses.create(ask, { signal: abort.signal })
    const call = await context.upstream.next()
    abort.abort()
    await expect(pending).rejects.toThrow()
    await call.hungUp
  })
})

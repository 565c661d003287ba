import { describe, expect, test } from "vitest"
import { useReplica } from "../../testing/use-replica.ts"

const context = useReplica({ heartbeat: 50 })
const ask = { model: "test-model", messages: [{ role: "user" as const, content: "Hello" }] }

describe("POST /v1/chat/completions", () => {
  test("is answered through the official client, streamed or not", async () => {
    context.upstream.answerWith(call => call.answer("Hi."))
    const whole = await context.client.chat.completions.create(ask)
    expect(whole.choices[0]?.message.content).toBe("Hi.")
    const stream = await context.client.chat.completions.create({ ...ask, stream: true })
    let text = ""
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? ""
    expect(text).toBe("Hi.")
    expect(await context.database.query("SELECT FROM chatops.turns")).toEqual([])
  })

  test("forwards what it was given, with the app's prompt and model", async () => {
    context.upstream.answerWith(call => call.answer("Hi."))
    await context.client.chat.completions.create({
      ...ask,
      model: "support-bot",
      seed: 7,
      stop: ["x"],
      n: 1,
      tools: [],
    })
    await context.client.chat.completions.create({
      ...ask,
      messages: [{ role: "system", content: "Mine." }, ...ask.messages],
    })
    expect(context.upstream.calls[0]?.body).toMatchObject({
      model: "test-model",
      messages: [{ role: "system", content: "Be kind." }, ...ask.messages],
      seed: 7,
      stop: ["x"],
    })
    expect(context.upstream.calls[0]?.body).not.toHaveProperty("tools")
    expect(context.upstream.calls[1]?.body.messages).toEqual([{ role: "system", content: "Mine." }, ...ask.messages])
  })

  test("is kept alive before and between the upstream's events", async () => {
    const answer = await context.send("POST", "/v1/chat/completions", { ...ask, stream: true })
    const call = await context.upstream.next()
    let text = ""
    let sent = 0
    for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk
      const beats = text.split(": keep-alive\n\n").length - 1
      if (sent === 0 && beats >= 1) {
        sent = 1
        call.send("piece 1")
      } else if (sent === 1 && beats >= 2 && text.includes("piece 1")) {
        sent = 2
        call.finish()
      }
    }
    expect(
      text
        .replaceAll(": keep-alive\n\n", "")
        .split("\n\n")
        .slice(0, -1)
        .every(event => event.startsWith("data: ")),
    ).toBe(true)
    expect(text).toContain("data: [DONE]")
  })

  test("ends with a typed error when the upstream breaks off", async () => {
    const stream = await context.client.chat.completions.create({ ...ask, stream: true })
    const call = await context.upstream.next()
    call.send("Half")
    const read = async () => {
      for await (const _ of stream) call.breakOff()
    }
    await expect(read()).rejects.toMatchObject({ code: "upstream_failed" })
  })

  test("cancels the upstream when the client goes away", async () => {
    const stream = await context.client.chat.completions.create({ ...ask, stream: true })
    const call = await context.upstream.next()
    call.send("Half")
    for await (const _ of stream) break
    await call.hungUp
  })
})

test("the model is listed, and found by both names", async () => {
  expect((await context.client.models.list()).data.map(model => model.id)).toEqual(["test-model"])
  expect((await context.client.models.retrieve("support-bot")).id).toBe("support-bot")
  await expect(context.client.models.retrieve("gpt-9")).rejects.toMatchObject({ status: 404, code: "model_not_found" })
})

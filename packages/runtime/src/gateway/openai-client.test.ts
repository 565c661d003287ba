import type { ServerResponse } from "node:http"
import OpenAI from "openai"
import { describe, expect, it } from "vitest"
import { answerError, answerJson, reset, StandInReplica } from "./testing/stand-in-replica.ts"
import { ending, startGateway } from "./testing/start-gateway.ts"

const clientOf = (gateway: { url: string }) =>
  new OpenAI({ apiKey: "key", baseURL: `${gateway.url}/v1`, maxRetries: 0 })
const question = { model: "gpt-5-mini", input: "Where is my order?" }
const finished = { id: "resp_1", object: "response", status: "completed", model: "gpt-5-mini", output: [], usage: null }

const event = (type: string, more: object = {}) =>
  `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: 0, ...more })}\n\n`

function streaming(write: (response: ServerResponse) => void): StandInReplica["behaviour"] {
  return (_received, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" })
    write(response)
  }
}

describe("the official client through the gateway", () => {
  it("gets a plain answer, from another replica when the first is dead", async () => {
    const replicas = [
      await ending(StandInReplica.start(reset)),
      await ending(StandInReplica.start(answerJson(finished))),
    ]
    const openai = clientOf(await startGateway(replicas))
    for (let time = 0; time < 2; time++) expect((await openai.responses.create(question)).id).toBe("resp_1")
    expect(replicas[1]?.received[0]).toMatchObject({ url: "/v1/responses", headers: { authorization: "Bearer key" } })
    expect(JSON.parse(replicas[1]?.received[0]?.body ?? "")).toEqual(question)
  })

  it("gets a stream event by event", async () => {
    const opened = Promise.withResolvers<ServerResponse>()
    const replica = await ending(StandInReplica.start(streaming(response => opened.resolve(response))))
    const openai = clientOf(await startGateway([replica]))
    const answering = openai.responses.create({ ...question, stream: true })
    const response = await opened.promise
    const texts = ["Your", " order", " is on its way."]
    response.write(event("response.output_text.delta", { delta: texts[0] }))
    const seen: string[] = []
    for await (const part of await answering) {
      if (part.type !== "response.output_text.delta") continue
      seen.push(part.delta)
      // The next one is only written when this one has arrived: nothing on the way waits for more.
      const next = texts[seen.length]
      if (next === undefined) response.end(event("response.completed", { response: finished }))
      else response.write(event("response.output_text.delta", { delta: next }))
    }
    expect(seen).toEqual(texts)
  })

  it("learns that a stream broke off, with a code", async () => {
    const replica = await ending(
      StandInReplica.start(
        streaming(response =>
          response.write(`${event("response.output_text.delta", { delta: "half" })}event: response.out`, () =>
            response.socket?.resetAndDestroy(),
          ),
        ),
      ),
    )
    const openai = clientOf(await startGateway([replica]))
    const seen: unknown[] = []
    const reading = async () => {
      for await (const part of await openai.responses.create({ ...question, stream: true })) seen.push(part)
    }
    const error = await reading().then(
      () => undefined,
      (caught: unknown) => caught,
    )
    const told = error ?? seen.at(-1)
    expect(JSON.stringify(seen[0])).toContain("half")
    expect(told).toMatchObject({ code: "stream_interrupted" })
  })

  it("that aborts ends the replica's work", async () => {
    const closed = Promise.withResolvers<void>()
    const replica = await ending(
      StandInReplica.start(
        streaming(response => {
          response.on("close", closed.resolve)
          response.write(event("response.output_text.delta", { delta: "a" }))
        }),
      ),
    )
    const openai = clientOf(await startGateway([replica]))
    const stream = await openai.responses.create({ ...question, stream: true })
    for await (const _ of stream) stream.controller.abort()
    await closed.promise
  })

  it("gets errors as its own kinds", async () => {
    const replica = await ending(StandInReplica.start(answerError(401, "invalid_api_key")))
    const gateway = await startGateway([replica], { bodyLimit: 2_000 })
    const openai = clientOf(gateway)
    await expect(openai.responses.create(question)).rejects.toBeInstanceOf(OpenAI.AuthenticationError)
    await expect(openai.responses.create({ ...question, input: "x".repeat(3_000) })).rejects.toMatchObject({
      status: 413,
      code: "body_too_large",
    })
    const alone = clientOf(await startGateway([]))
    await expect(alone.responses.create(question)).rejects.toMatchObject({
      status: 503,
      code: "no_replica_available",
      type: "unavailable_error",
    })
  })
})

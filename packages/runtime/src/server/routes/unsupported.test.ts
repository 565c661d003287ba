import { describe, expect, test } from "vitest"
import { useReplica } from "../../testing/use-replica.ts"

const context = useReplica()

describe("an endpoint of OpenAI's that there is none of here", () => {
  test.each([
    ["POST", "/v1/responses/compact"],
    ["POST", "/v1/responses/input_tokens"],
    ["PUT", "/v1/responses"],
    ["GET", "/v1/responses"],
    ["GET", "/v1/chat/completions?limit=1"],
    ["DELETE", "/v1/chat/completions/chatcmpl_1"],
    ["GET", "/v1/conversations"],
    ["DELETE", "/v1/models/test-model"],
    ["POST", "/v1/completions"],
    ["POST", "/v1/embeddings"],
    ["POST", "/v1/moderations"],
    ["PATCH", "/v1/organization/projects/p/x"],
  ])("%s %s is a 400 that says so, and what there is", async (method, path) => {
    const answer = await context.send(method, path, method === "GET" ? undefined : {})
    const { error } = (await answer.json()) as { error: { message: string } }
    expect([answer.status, error]).toEqual([
      400,
      {
        message: expect.stringContaining(`'${method} ${path.split("?")[0]}' is not supported here. Supported: `),
        type: "invalid_request_error",
        param: null,
        code: "unsupported_endpoint",
      },
    ])
    expect(error.message.split("Supported: ")[1]).toBe(
      "GET /v1/models, GET /v1/models/{model}, POST /v1/chat/completions, POST /v1/responses, GET /v1/responses/{id}, " +
        "POST /v1/responses/{id}/cancel, DELETE /v1/responses/{id}, GET /v1/responses/{id}/input_items, POST /v1/conversations, " +
        "GET /v1/conversations/{id}, POST /v1/conversations/{id}, DELETE /v1/conversations/{id}, " +
        "POST /v1/conversations/{id}/items, GET /v1/conversations/{id}/items, GET /v1/conversations/{id}/items/{item}, " +
        "DELETE /v1/conversations/{id}/items/{item}.",
    )
  })

  test("is told to the official client, whatever it sends", async () => {
    const { client } = context
    const refused = { status: 400, code: "unsupported_endpoint" }
    await expect(client.embeddings.create({ model: "m", input: "x" })).rejects.toMatchObject(refused)
    await expect(client.moderations.create({ input: "x" })).rejects.toMatchObject(refused)
    const file = new File(["RIFF"], "question.wav")
    await expect(client.audio.transcriptions.create({ model: "m", file })).rejects.toMatchObject(refused)
    await expect(client.files.list()).rejects.toMatchObject(refused)
  })

  test("is told to nobody without a key, and counted as one route", async () => {
    expect((await fetch(`${context.replica.url}/v1/embeddings`, { method: "POST" })).status).toBe(401)
    await context.send("GET", "/v1/embeddings/1")
    const counted = 'requests_total{route="/v1/*",status="400"} 1'
    await expect.poll(() => context.replica.services.metrics.registry.metrics()).toContain(counted)
  })
})

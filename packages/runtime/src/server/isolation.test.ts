import { beforeEach, expect, test } from "vitest"
import { useReplica } from "../testing/use-replica.ts"

const context = useReplica()
const ask = { model: "test-model", input: "Hello" }

let response: string
let conversation: string
let item: string

beforeEach(async () => {
  context.upstream.answerWith(call => call.answer("Ours."))
  response = (await context.client.responses.create(ask)).id
  conversation = (await context.client.conversations.create()).id
  await context.client.responses.create({ ...ask, conversation })
  item = (await context.client.conversations.items.list(conversation)).data[0]?.id ?? ""
})

const uses: Record<string, () => [string, string, object?]> = {
  "reads a response": () => ["GET", `/v1/responses/${response}`],
  "deletes a response": () => ["DELETE", `/v1/responses/${response}`],
  "reads input items": () => ["GET", `/v1/responses/${response}/input_items`],
  "continues a response": () => ["POST", "/v1/responses", { input: "x", previous_response_id: response }],
  "continues a conversation": () => ["POST", "/v1/responses", { input: "x", conversation }],
  "reads a conversation": () => ["GET", `/v1/conversations/${conversation}`],
  "changes a conversation": () => ["POST", `/v1/conversations/${conversation}`, { metadata: { a: "b" } }],
  "deletes a conversation": () => ["DELETE", `/v1/conversations/${conversation}`],
  "lists items": () => ["GET", `/v1/conversations/${conversation}/items`],
  "adds items": () => ["POST", `/v1/conversations/${conversation}/items`, { items: [{ role: "user", content: "x" }] }],
  "reads an item": () => ["GET", `/v1/conversations/${conversation}/items/${item}`],
  "deletes an item": () => ["DELETE", `/v1/conversations/${conversation}/items/${item}`],
}

test.each(Object.entries(uses))(
  "another tenant that %s is told that there is none, and changes nothing",
  async (_, use) => {
    const [method, path, body] = use()
    const stranger = await context.database.createKey("evil")
    const answer = await context.send(method, path, body, { authorization: `Bearer ${stranger}` })
    expect(answer.status).toBe(404)
    expect(JSON.stringify(await answer.json())).not.toContain("Ours.")

    expect((await context.client.responses.retrieve(response)).output_text).toBe("Ours.")
    expect((await context.client.conversations.retrieve(conversation)).metadata).toEqual({})
    expect((await context.client.conversations.items.list(conversation)).data).toHaveLength(2)
  },
)

test("two tenants may use the same idempotency key", async () => {
  context.upstream.answerWith(call => call.answer(`Answer ${call.number}.`))
  const stranger = await context.database.createKey("evil")
  const headers = { "idempotency-key": "shared" }
  const before = context.upstream.calls.length
  const one = await context.send("POST", "/v1/responses", { input: "x" }, headers)
  const theirs = { ...headers, authorization: `Bearer ${stranger}` }
  const two = await context.send("POST", "/v1/responses", { input: "x" }, theirs)
  expect([one.status, two.status]).toEqual([200, 200])
  expect(context.upstream.calls.length - before).toBe(2)
  expect(await one.json()).not.toEqual(await two.json())
})

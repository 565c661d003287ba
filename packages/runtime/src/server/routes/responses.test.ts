import { describe, expect, test } from "vitest"
import { parseCommitPosition } from "../../contract/index.ts"
import { useReplica } from "../../testing/use-replica.ts"

const context = useReplica()
const ask = { model: "test-model", input: "Hello" }

const storedTurn = async (id: string) =>
  (await context.database.query("SELECT * FROM chatops.turns WHERE id = $1", [id]))[0]

describe("POST /v1/responses", () => {
  test("tells a wrong key of the upstream's from an upstream that is busy", async () => {
    context.upstream.answerWith(call => call.refuse(call.number === 1 ? 401 : 429))
    const wrong = await context.send("POST", "/v1/responses", ask)
    expect([wrong.status, await wrong.json()]).toMatchObject([502, { error: { code: "upstream_misconfigured" } }])
    const busy = await context.send("POST", "/v1/responses", ask)
    expect([busy.status, busy.headers.get("retry-after")]).toEqual([429, "1"])
    expect(await busy.json()).toMatchObject({ error: { code: "upstream_busy", type: "rate_limit_error" } })
  })

  test("answers with JSON once the turn is stored, with everything it is recorded under", async () => {
    context.upstream.answerWith(call => call.answer("Hello to you."))
    const response = await context.client.responses.create({
      ...ask,
      metadata: { ticket: "42" },
      safety_identifier: "user-1",
    })
    expect(response).toMatchObject({
      object: "response",
      status: "completed",
      output_text: "Hello to you.",
      metadata: { ticket: "42" },
      usage: { input_tokens: 7, output_tokens: 3, total_tokens: 10 },
    })
    expect(await storedTurn(response.id)).toMatchObject({
      tenant: "acme",
      end_user: "user-1",
      release_id: "rel_0123456789ab",
      arm: "default",
      epoch: "1",
      upstream: "scripted",
    })
  })

  test("tells where the turn was committed, in a header or as a comment of the stream, and not for a repeat", async () => {
    context.upstream.answerWith(call => call.answer("Hello to you."))
    const position = async () =>
      (await context.database.query<{ lsn: string }>("SELECT pg_current_wal_insert_lsn()::text AS lsn"))[0]?.lsn ?? ""
    const key = { "idempotency-key": "committed" }
    const before = await position()
    const told: (string | undefined)[] = []
    for (const stream of [false, true]) {
      const answer = await context.send("POST", "/v1/responses", { ...ask, stream }, stream ? {} : key)
      const body = await answer.text()
      const events = body.split("\n\n")
      const comment = events.find(event => event.startsWith(": x-chatops-commit: "))
      told.push(stream ? comment : (answer.headers.get("x-chatops-commit") ?? undefined))
      if (stream) expect(events[events.indexOf(comment ?? "") + 1]).toContain("response.output_text.done")
    }
    const after = await position()
    const [first, second] = told.map(text => parseCommitPosition(text ?? ""))
    for (const found of [first, second]) expect(found).toMatchObject({ epoch: 1, timeline: 1 })
    const inOrder = "SELECT $1::pg_lsn <= $2 AND $2::pg_lsn < $3 AND $3::pg_lsn < $4 AS ordered"
    expect(await context.database.query(inOrder, [before, first?.lsn, second?.lsn, after])).toEqual([{ ordered: true }])
    const repeat = await context.send("POST", "/v1/responses", { ...ask, stream: false }, key)
    expect([repeat.status, repeat.headers.get("x-chatops-commit")]).toEqual([200, null])
  })

  test("puts the app's prompt first, unless the request brings its own", async () => {
    context.upstream.answerWith(call => call.answer("Yes."))
    await context.client.responses.create(ask)
    await context.client.responses.create({ ...ask, instructions: "Be short." })
    await context.client.responses.create({ ...ask, input: [{ role: "developer", content: "Be loud." }] })
    expect(context.upstream.calls.map(call => call.body.messages[0]?.content)).toEqual([
      "Be kind.",
      "Be short.",
      "Be loud.",
    ])
  })

  test("with store: false keeps nothing", async () => {
    context.upstream.answerWith(call => call.answer("Secret."))
    const response = await context.client.responses.create({ ...ask, store: false })
    expect(response.output_text).toBe("Secret.")
    expect(await storedTurn(response.id)).toBeUndefined()
    await expect(context.client.responses.retrieve(response.id)).rejects.toMatchObject({ status: 404 })
  })

  test("remembers what came before by previous_response_id, as far as it was not deleted", async () => {
    context.upstream.answerWith(call => call.answer(`Answer ${call.number}.`))
    const first = await context.client.responses.create({ ...ask, input: "One" })
    const second = await context.client.responses.create({ ...ask, input: "Two", previous_response_id: first.id })
    await context.client.responses.create({ ...ask, input: "Three", previous_response_id: second.id })
    const said = (number: number) => context.upstream.calls[number]?.body.messages.map(message => message.content)
    expect(said(2)).toEqual(["Be kind.", "One", "Answer 1.", "Two", "Answer 2.", "Three"])
    await context.client.responses.delete(first.id)
    await context.client.responses.create({ ...ask, input: "Four", previous_response_id: second.id })
    expect(said(3)).toEqual(["Be kind.", "Two", "Answer 2.", "Four"])
  })

  test("says that an answer was cut short", async () => {
    context.upstream.answerWith(call => {
      call.send("As I was say")
      call.finish("length")
    })
    const response = await context.client.responses.create({ ...ask, max_output_tokens: 3 })
    expect(response).toMatchObject({
      status: "incomplete",
      incomplete_details: { reason: "max_output_tokens" },
      output: [{ status: "incomplete" }],
    })
    expect(await context.client.responses.retrieve(response.id)).toEqual(response)
  })

  test("keeps any text that JSON can hold", async () => {
    const text = 'NUL \u0000, lone \ud800, 𝒳, \u2028 and "quotes"'
    context.upstream.answerWith(call => call.answer(text))
    const response = await context.client.responses.create({ ...ask, input: text, instructions: text })
    expect(await context.client.responses.retrieve(response.id)).toMatchObject({
      output_text: text,
      instructions: text,
    })
  })

  test("passes on what the upstream has against the request, and is a 502 when the upstream fails", async () => {
    context.upstream.answerWith(call =>
      call.number === 1
        ? call.refuse(400, {
            message: "too long",
            type: "invalid_request_error",
            param: "messages",
            code: "context_length_exceeded",
          })
        : call.refuse(500),
    )
    await expect(context.client.responses.create(ask)).rejects.toMatchObject({
      status: 400,
      code: "context_length_exceeded",
    })
    await expect(context.client.responses.create(ask)).rejects.toMatchObject({ status: 502, code: "upstream_failed" })
    expect(await context.database.query("SELECT FROM chatops.turns WHERE input::text LIKE '%never%'")).toEqual([])
  })

  test("knows the model by its own name and the app's, and no other", async () => {
    context.upstream.answerWith(call => call.answer("Yes."))
    expect(await context.client.responses.create({ ...ask, model: "support-bot" })).toMatchObject({
      model: "test-model",
    })
    await expect(context.client.responses.create({ ...ask, model: "gpt-9" })).rejects.toMatchObject({
      status: 404,
      code: "model_not_found",
    })
  })

  test("refuses a previous response that does not exist", async () => {
    await expect(context.client.responses.create({ ...ask, previous_response_id: "resp_no" })).rejects.toMatchObject({
      status: 404,
      code: "response_not_found",
      param: "previous_response_id",
    })
  })
})

describe("a stored response", () => {
  test("is read, listed and deleted, and the deletion is recorded", async () => {
    context.upstream.answerWith(call => call.answer("Yes."))
    const input = ["One", "Two", "Three"].map(content => ({ role: "user" as const, content }))
    const created = await context.client.responses.create({ ...ask, input })
    expect(await context.client.responses.retrieve(created.id)).toEqual(created)

    const texts: string[] = []
    for await (const item of context.client.responses.inputItems.list(created.id, { limit: 2, order: "asc" })) {
      texts.push((item as { content: { text: string }[] }).content[0]?.text ?? "")
    }
    expect(texts).toEqual(["One", "Two", "Three"])

    await context.client.responses.delete(created.id)
    await expect(context.client.responses.retrieve(created.id)).rejects.toMatchObject({
      status: 404,
      code: "response_not_found",
    })
    await expect(context.client.responses.delete(created.id)).rejects.toMatchObject({ status: 404 })
    expect(JSON.stringify(await storedTurn(created.id))).not.toMatch(/One|Yes/)
    const deletions = await context.database.query("SELECT tenant, kind FROM chatops.deletions WHERE object_id = $1", [
      created.id,
    ])
    expect(deletions).toEqual([{ tenant: "acme", kind: "response" }])
  })
})

import pg from "pg"
import { describe, expect, test } from "vitest"
import { useReplica } from "../../testing/use-replica.ts"
import { waitUntil } from "../../testing/wait-until.ts"

const context = useReplica()
const ask = { model: "test-model", input: "Hello" }

const textsOf = (page: { data: unknown[] }) =>
  page.data.map(item => (item as { content: { text: string }[] }).content.map(part => part.text).join(""))

describe("a conversation", () => {
  test("remembers its turns and its items, in order", async () => {
    context.upstream.answerWith(call => call.answer(`Answer ${call.number}.`))
    const items = [{ type: "message" as const, role: "user" as const, content: "By the way" }]
    const conversation = await context.client.conversations.create({ items, metadata: { topic: "tea" } })
    await context.client.responses.create({ ...ask, input: "One", conversation: conversation.id })
    const second = await context.client.responses.create({
      ...ask,
      input: "Two",
      conversation: { id: conversation.id },
    })
    expect(second.conversation).toEqual({ id: conversation.id })
    expect(context.upstream.calls[1]?.body.messages.map(message => message.content)).toEqual([
      "Be kind.",
      "By the way",
      "One",
      "Answer 1.",
      "Two",
    ])
    const list = await context.client.conversations.items.list(conversation.id, { order: "asc" })
    expect(textsOf(list)).toEqual(["By the way", "One", "Answer 1.", "Two", "Answer 2."])
    const rows = await context.database.query(
      "SELECT position FROM chatops.turns WHERE conversation_id = $1 ORDER BY created_at, id",
      [conversation.id],
    )
    expect(rows.map(row => row["position"])).toEqual(["1", "2"])
  })

  test("numbers turns that are made at the same time without gaps, whatever happens to some of them", async () => {
    const conversation = await context.client.conversations.create({})
    context.upstream.answerWith(call =>
      call.number % 4 === 0 ? call.refuse(400) : call.answer(`Answer ${call.number}.`),
    )
    const asked = Array.from({ length: 24 }, (_, index) =>
      context.client.responses.create({ ...ask, input: `Question ${index}`, conversation: conversation.id }),
    )
    const made = (await Promise.allSettled(asked)).filter(result => result.status === "fulfilled")
    // All but those that the upstream refused: waiting for its place makes no turn fail.
    expect(made).toHaveLength(18)
    const turns = await context.database.query(
      "SELECT position::int FROM chatops.turns WHERE conversation_id = $1 ORDER BY position",
      [conversation.id],
    )
    expect(turns.map(turn => turn["position"])).toEqual(made.map((_, index) => index + 1))
    const items = await context.database.query(
      "SELECT position::int, turn_id FROM chatops.conversation_items WHERE conversation_id = $1 ORDER BY position",
      [conversation.id],
    )
    expect(items.map(item => item["position"])).toEqual(
      Array.from({ length: 2 * made.length }, (_, index) => index + 1),
    )
    for (let at = 0; at < items.length; at += 2) expect(items[at]?.["turn_id"]).toBe(items[at + 1]?.["turn_id"])
  })

  test("gives turns that queue up for it one place each", async () => {
    context.upstream.answerWith(call => call.answer("In line."))
    const conversation = await context.client.conversations.create({})
    const blocker = new pg.Client(context.database)
    await blocker.connect()
    await blocker.query("BEGIN")
    await blocker.query("SELECT FROM chatops.conversations WHERE id = $1 FOR UPDATE", [conversation.id])
    const asked = [1, 2, 3].map(() => context.client.responses.create({ ...ask, conversation: conversation.id }))
    const queued = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name LIKE 'chatops %'"
    await waitUntil(context.database, `(SELECT count(*) FROM (${queued}) queued) = 3`)
    await blocker.query("COMMIT")
    await blocker.end()
    await Promise.all(asked)
    const places = await context.database.query(
      "SELECT position::int FROM chatops.turns WHERE conversation_id = $1 ORDER BY position",
      [conversation.id],
    )
    expect(places.map(turn => turn["position"])).toEqual([1, 2, 3])
    expect((await context.client.conversations.items.list(conversation.id)).data).toHaveLength(6)
  })

  test("that is deleted while a turn is being made ends that turn with an error", async () => {
    const conversation = await context.client.conversations.create({})
    const pending = context.client.responses.create({ ...ask, conversation: conversation.id })
    const call = await context.upstream.next()
    await context.client.conversations.delete(conversation.id)
    call.answer("Too late.")
    await expect(pending).rejects.toMatchObject({ status: 404, code: "conversation_not_found" })
    expect(
      await context.database.query("SELECT FROM chatops.turns WHERE conversation_id = $1", [conversation.id]),
    ).toEqual([])
  })

  test("takes what was said with it when it is deleted", async () => {
    context.upstream.answerWith(call => call.answer("Confidential."))
    const conversation = await context.client.conversations.create({})
    const response = await context.client.responses.create({ ...ask, conversation: conversation.id })
    await context.client.conversations.delete(conversation.id)
    const { client } = context
    for (const useIt of [
      () => client.conversations.retrieve(conversation.id),
      () => client.conversations.delete(conversation.id),
      () => client.conversations.items.list(conversation.id),
      () => client.responses.create({ ...ask, conversation: conversation.id }),
    ]) {
      await expect(useIt()).rejects.toMatchObject({ status: 404, code: "conversation_not_found" })
    }
    await expect(context.client.responses.retrieve(response.id)).rejects.toMatchObject({ status: 404 })
    const left = await context.database.query(
      "SELECT t::text, (SELECT count(*) FROM chatops.conversation_items i WHERE i.conversation_id = $1) AS items FROM chatops.turns t WHERE conversation_id = $1",
      [conversation.id],
    )
    expect(left[0]).toMatchObject({ items: "0" })
    expect(JSON.stringify(left)).not.toContain("Confidential")
    expect(
      await context.database.query("SELECT kind FROM chatops.deletions WHERE object_id = $1", [conversation.id]),
    ).toEqual([{ kind: "conversation" }])
  })

  test("takes it out of idempotency keys, too, whose repeats find nothing then", async () => {
    const items = [{ role: "user", content: "Confidential." }]
    const create = () => context.send("POST", "/v1/conversations", { items }, { "idempotency-key": "create-secret" })
    const { id } = (await (await create()).json()) as { id: string }
    const add = () =>
      context.send("POST", `/v1/conversations/${id}/items`, { items }, { "idempotency-key": "add-secret" })
    const added = await (await add()).json()
    expect(await (await add()).json()).toEqual(added)
    expect(((await (await create()).json()) as { id: string }).id).toBe(id)
    await context.client.conversations.delete(id)
    const keys = await context.database.query("SELECT k::text FROM chatops.idempotency_keys k")
    expect(JSON.stringify(keys)).not.toContain("Confidential")
    for (const repeat of [create, add]) {
      const answer = await repeat()
      expect([answer.status, await answer.json()]).toMatchObject([404, { error: { code: "conversation_not_found" } }])
    }
  })

  test("is read and renamed", async () => {
    const created = await context.client.conversations.create({ metadata: { name: "first" } })
    expect(await context.client.conversations.retrieve(created.id)).toEqual(created)
    const updated = await context.client.conversations.update(created.id, { metadata: { name: "second" } })
    expect(updated).toEqual({ ...created, metadata: { name: "second" } })
    expect(await context.client.conversations.retrieve(created.id)).toEqual(updated)
  })

  test("is made without a body", async () => {
    expect(await context.client.conversations.create()).toMatchObject({ object: "conversation", metadata: {} })
  })
})

describe("items of a conversation", () => {
  test("are added, paged through in both directions, read and deleted", async () => {
    const conversation = await context.client.conversations.create()
    const items = ["a", "b", "c", "d", "e"].map(content => ({
      type: "message" as const,
      role: "user" as const,
      content,
    }))
    const added = await context.client.conversations.items.create(conversation.id, { items })
    expect(textsOf(added)).toEqual(["a", "b", "c", "d", "e"])
    for (const [order, expected] of [
      ["asc", "abcde"],
      ["desc", "edcba"],
    ] as const) {
      const texts: string[] = []
      for await (const item of context.client.conversations.items.list(conversation.id, { order, limit: 2 })) {
        texts.push(...textsOf({ data: [item] }))
      }
      expect(texts.join("")).toBe(expected)
    }
    const [first] = added.data
    const place = { conversation_id: conversation.id }
    expect(await context.client.conversations.items.retrieve(first?.id ?? "", place)).toEqual(first)
    expect(await context.client.conversations.items.delete(first?.id ?? "", place)).toEqual(conversation)
    await expect(context.client.conversations.items.retrieve(first?.id ?? "", place)).rejects.toMatchObject({
      status: 404,
    })
    expect(textsOf(await context.client.conversations.items.list(conversation.id, { order: "asc" })).join("")).toBe(
      "bcde",
    )
  })

  test("cannot be paged from an item that is not there", async () => {
    const conversation = await context.client.conversations.create()
    await expect(context.client.conversations.items.list(conversation.id, { after: "msg_no" })).rejects.toMatchObject({
      status: 400,
      code: "invalid_value",
      param: "after",
    })
  })

  test("that are not there are told from a conversation that is not", async () => {
    const { id } = await context.client.conversations.create()
    for (const method of ["GET", "DELETE"]) {
      const answer = await context.send(method, `/v1/conversations/${id}/items/msg_no`)
      expect([answer.status, await answer.json()]).toMatchObject([404, { error: { code: "item_not_found" } }])
    }
  })
})

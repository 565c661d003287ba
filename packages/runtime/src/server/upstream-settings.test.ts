import { afterAll, beforeAll, expect, test } from "vitest"
import { type Postgres, startPostgres } from "../testing/postgres.ts"
import { type ScriptedUpstream, startScriptedUpstream } from "../testing/scripted-upstream.ts"
import { createMigratedDatabase } from "../testing/test-database.ts"
import { startTestReplica } from "../testing/test-replica.ts"

let postgres: Postgres
let wrong: ScriptedUpstream
let right: ScriptedUpstream

beforeAll(async () => {
  ;[postgres, wrong, right] = await Promise.all([startPostgres(), startScriptedUpstream(), startScriptedUpstream()])
  wrong.answerWith(call => call.refuse(401, { message: "Incorrect API key: sk-secret", code: "invalid_api_key" }))
})

afterAll(async () => {
  await Promise.all([postgres[Symbol.asyncDispose](), wrong.close(), right.close()])
})

test("an upstream with a wrong key is passed over, logged once, counted each time; with no other, the client is told", async () => {
  const database = await createMigratedDatabase(postgres)
  const upstreams = [
    { name: "first-ai", baseURL: wrong.baseURL },
    { name: "second-ai", baseURL: right.baseURL },
  ]
  const chat = { model: "test-model", parameters: {}, upstreams, deadlines }
  await using replica = await startTestReplica(database, { upstream: wrong.baseURL, settings: { chat } })
  const client = replica.client(await database.createKey("acme"))
  const ask = () => client.responses.create({ model: "test-model", input: "Hello" })
  const failed = () => ask().catch(error => error)

  right.answerWith(call => call.answer("Hi."))
  expect((await ask()).output_text).toBe("Hi.")
  right.answerWith(call => call.refuse(403))
  const errors = [await failed(), await failed()]

  for (const error of errors) expect([error.status, error.code]).toEqual([502, "upstream_misconfigured"])
  expect(errors[0].message).toMatch(/'second-ai' answered 403.*API key, base URL and model/)
  expect(errors[0].message).toContain("'first-ai' answered 401")
  const told = replica.logged.filter(line => line["msg"] === "upstream misconfigured")
  expect(told).toMatchObject([
    { level: 40, upstream: "first-ai", status: 401, reason: expect.stringContaining("API key is missing or wrong") },
    { level: 40, upstream: "second-ai", status: 403 },
  ])
  const metrics = await (await fetch(`${replica.url}/metrics`)).text()
  expect(metrics).toContain('chatops_upstream_requests_total{upstream="first-ai",outcome="unauthorized"} 3\n')
  expect(metrics).toContain('chatops_upstream_requests_total{upstream="second-ai",outcome="forbidden"} 2\n')
  expect(JSON.stringify([replica.logged, errors.map(error => error.message)])).not.toContain("secret")
})

const deadlines = { connect: 3_000, firstToken: 60_000, betweenTokens: 30_000 }

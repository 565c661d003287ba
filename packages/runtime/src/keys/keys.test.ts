import { describe, expect, test } from "vitest"
import { sha256 } from "../testing/test-database.ts"
import { useReplica } from "../testing/use-replica.ts"
import { createApiKeys } from "./api-keys.ts"

const context = useReplica()
const createKey = async (key: string, expiresIn: string | null = null) => {
  const [row] = await context.database.query<{ id: string }>(
    "SELECT chatops.create_key('acme', 'ci', $1, now() + $2::interval) AS id",
    [sha256(key), expiresIn],
  )
  return row?.id ?? ""
}
const createToken = (token: string, ttl = "10 minutes") =>
  context.database.query("SELECT chatops.create_one_time_token($1, 'acme', $2::interval)", [sha256(token), ttl])

describe("an API key", () => {
  test("works from the moment it is made until it is revoked, seen after five seconds at most", async () => {
    let now = 0
    const keys = createApiKeys(context.replica.database, () => now)
    expect(await keys.verify("sk-a")).toBeUndefined()
    const id = await createKey("sk-a")
    expect(await keys.verify("sk-a")).toEqual({ keyId: id, tenant: "acme", kind: "api" })
    expect(await context.database.query("SELECT chatops.revoke_key($1)", [id])).toEqual([{ revoke_key: true }])
    now = 4_999
    expect(await keys.verify("sk-a")).toBeDefined()
    now = 5_000
    expect(await keys.verify("sk-a")).toBeUndefined()
  })

  test("is not remembered beyond its own end", async () => {
    let now = 0
    const keys = createApiKeys(context.replica.database, () => now)
    await createKey("sk-short", "2 seconds")
    expect(await keys.verify("sk-short")).toBeDefined()
    await context.database.query("UPDATE chatops.api_keys SET expires_at = now() WHERE hash = $1", [sha256("sk-short")])
    now = 2_000
    expect(await keys.verify("sk-short")).toBeUndefined()
  })

  test("is listed without its hash; revoking what is not there says so", async () => {
    const id = await createKey("sk-listed")
    const rows = await context.database.query("SELECT * FROM chatops.list_keys()")
    expect(rows.find(row => row["id"] === id)).toEqual({
      id,
      tenant: "acme",
      name: "ci",
      created_at: expect.any(Date),
      expires_at: null,
      revoked_at: null,
    })
    expect(await context.database.query("SELECT chatops.revoke_key('key_no')")).toEqual([{ revoke_key: false }])
  })

  test("is stored as a hash only", async () => {
    await createKey("sk-hidden")
    const rows = await context.database.query("SELECT api_keys::text AS row FROM chatops.api_keys")
    expect(JSON.stringify(rows)).not.toContain("sk-hidden")
  })
})

describe("a one-time token", () => {
  const exchange = (token: unknown) =>
    fetch(`${context.replica.url}/chat/session`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ token }),
    })

  test("opens one session, however many race for it, whose key works for twelve hours", async () => {
    await createToken("token-1")
    const answers = await Promise.all(Array.from({ length: 8 }, () => exchange("token-1")))
    expect(answers.map(answer => answer.status).sort()).toEqual([200, 401, 401, 401, 401, 401, 401, 401])
    const session = (await answers.find(answer => answer.ok)?.json()) as { key: string; expires_at: string }
    expect(session.key).toMatch(/^sk-chatops-[A-Za-z0-9_-]{43}$/)
    expect(Date.parse(session.expires_at) - Date.now()).toBeGreaterThan(11.9 * 3_600_000)
    context.upstream.answerWith(call => call.answer("Hi."))
    expect((await context.replica.client(session.key).responses.create({ input: "x" })).output_text).toBe("Hi.")
  })

  test("that is expired, unknown or no token is refused", async () => {
    await createToken("token-2", "0 seconds")
    for (const token of ["token-2", "token-3"]) {
      const answer = await exchange(token)
      expect([answer.status, await answer.json()]).toMatchObject([401, { error: { code: "invalid_token" } }])
    }
    expect((await exchange(7)).status).toBe(400)
  })
})

import { globSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import type { PrimaryDatabase } from "../database/index.ts"
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

/** The replica's database; counts reads, and holds them back when told to. */
function countingDatabase() {
  const { database } = context.replica
  let gate = Promise.withResolvers<void>()
  gate.resolve()
  const counting = {
    reads: 0,
    underWay: 0,
    hold() {
      gate = Promise.withResolvers()
    },
    letGo: () => gate.resolve(),
    async read(...parameters: Parameters<PrimaryDatabase["read"]>) {
      counting.reads += 1
      counting.underWay += 1
      await gate.promise
      return await database.read(...parameters).finally(() => {
        counting.underWay -= 1
      })
    },
  }
  return counting as typeof counting & PrimaryDatabase
}

describe("an API key", () => {
  test("works from the moment it is made until it is revoked, seen after five seconds at most", async () => {
    let now = 0
    const keys = createApiKeys(context.replica.database, { now: () => now })
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
    const keys = createApiKeys(context.replica.database, { now: () => now })
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

  test("that was used leaves nothing of itself on the server's disk but its hash", async () => {
    const key = "sk-chatops-used-and-nowhere-to-be-found"
    await createKey(key)
    context.upstream.answerWith(call => call.answer("Hi."))
    await context.replica.client(key).responses.create({ input: "x" })
    expect(
      (
        await context.replica
          .client(`${key}!`)
          .models.list()
          .catch(error => error)
      ).status,
    ).toBe(401)
    await context.database.query("CHECKPOINT")
    // Tables, indexes, the log of all writes: whatever a backup or a thief may copy.
    const files = globSync("**/*", { cwd: context.postgres.data })
      .map(name => join(context.postgres.data, name))
      .filter(file => statSync(file).isFile())
      .map(file => readFileSync(file))
    const holds = (bytes: Buffer) => files.some(file => file.includes(bytes))
    expect([holds(Buffer.from(key)), holds(Buffer.from(Buffer.from(key).toString("hex")))]).toEqual([false, false])
    expect(holds(sha256(key))).toBe(true)
  })

  test("that is none is not looked up again for two seconds", async () => {
    let now = 0
    const database = countingDatabase()
    const keys = createApiKeys(database, { now: () => now })
    expect(await keys.verify("sk-later")).toBeUndefined()
    expect(await keys.verify("sk-later")).toBeUndefined()
    expect(database.reads).toBe(1)
    await createKey("sk-later")
    now = 2_000
    expect(await keys.verify("sk-later")).toBeDefined()
  })

  test("is found while a flood of unknown ones is looked up, at most two of them at a time", async () => {
    let now = 0
    const database = countingDatabase()
    const keys = createApiKeys(database, { now: () => now })
    await createKey("sk-known")
    await keys.verify("sk-known")
    now = 6_000
    database.hold()
    const flood = Array.from({ length: 300 }, (_, index) => keys.verify(`sk-random-${index}`).catch(error => error))
    expect(database.underWay).toBe(2)
    const known = [keys.verify("sk-known"), keys.verify("sk-known")]
    expect(database.underWay).toBe(3)
    database.letGo()
    for (const holder of await Promise.all(known)) expect(holder).toBeDefined()
    const outcomes = await Promise.all(flood)
    expect(outcomes.filter(outcome => outcome === undefined)).toHaveLength(202)
    expect(outcomes.filter(outcome => outcome?.code === "database_busy")).toHaveLength(98)
  })
})

describe("a one-time token", () => {
  const exchange = (token: unknown, nonce?: string) =>
    fetch(`${context.replica.url}/chat/session`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ token, nonce }),
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

  test("works again for a minute for whoever brings the same nonce, and only the last key counts", async () => {
    const nonce = "n".repeat(32)
    const status = async (key: string) =>
      (await fetch(`${context.replica.url}/v1/models`, { headers: { authorization: `Bearer ${key}` } })).status
    await createToken("token-4")
    const lost = (await (await exchange("token-4", nonce)).json()) as { key: string }
    const kept = (await (await exchange("token-4", nonce)).json()) as { key: string }
    expect([await status(lost.key), await status(kept.key)]).toEqual([401, 200])
    expect((await exchange("token-4", "m".repeat(32))).status).toBe(401)
    expect((await exchange("token-4")).status).toBe(401)
    await context.database.query(
      "UPDATE chatops.one_time_tokens SET used_at = used_at - interval '1 minute' WHERE hash = $1",
      [sha256("token-4")],
    )
    expect((await exchange("token-4", nonce)).status).toBe(401)
  })

  test("leaves one key that counts, however many exchanges with one nonce there are at a time", async () => {
    await createToken("token-5")
    const answers = await Promise.all(Array.from({ length: 4 }, () => exchange("token-5", "n".repeat(32))))
    expect(answers.map(answer => answer.status)).toEqual([200, 200, 200, 200])
    const left = await context.database.query(
      "SELECT FROM chatops.api_keys WHERE opened_by = $1 AND revoked_at IS NULL",
      [sha256("token-5")],
    )
    expect(left).toHaveLength(1)
  })

  test("leaves neither itself nor its session's key nor the nonce in the database", async () => {
    const [token, nonce] = ["token-hidden", "nonce-hidden-0123456789"]
    await createToken(token)
    const { key } = (await (await exchange(token, nonce)).json()) as { key: string }
    const tables = await context.database.query<{ name: string }>(
      "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = 'chatops'",
    )
    const everything = await Promise.all(
      tables.map(({ name }) => context.database.query(`SELECT t::text FROM ${name} t`)),
    )
    expect(JSON.stringify(everything)).toContain(sha256(key).toString("hex"))
    for (const secret of [token, nonce, key]) {
      expect(JSON.stringify(everything)).not.toContain(secret)
      expect(JSON.stringify(everything)).not.toContain(Buffer.from(secret).toString("hex"))
    }
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

import { describe, expect, onTestFinished, test } from "vitest"
import { startReplicaProcess } from "../testing/replica-process.ts"
import { replicaSettings, startTestReplica } from "../testing/test-replica.ts"
import { useReplica } from "../testing/use-replica.ts"
import { requireNoStandby, requireStandby, waitUntil } from "../testing/wait-until.ts"
import { purge } from "./purge.ts"

const context = useReplica()
let keys = 0
const newKey = () => `key-${++keys}`

const post = (key: string, body: object, at: { url: string } = context.replica, signal?: AbortSignal) =>
  fetch(`${at.url}/v1/responses`, {
    method: "POST",
    headers: { authorization: `Bearer ${context.key}`, "content-type": "application/json", "idempotency-key": key },
    body: JSON.stringify(body),
    ...(signal && { signal }),
  })

const json = async (answer: Promise<Response>) => (await answer).json() as Promise<Record<string, unknown>>
const withoutCommit = (events: string) => events.replace(/^: x-chatops-commit: .*\n\n/m, "")
const turnsWith = (text: string) =>
  context.database.query("SELECT id FROM chatops.turns WHERE input::text LIKE $1", [`%"${text}"%`])

/** Another replica, as in another region, for the time of a test. */
const otherReplica = (settings = {}) =>
  startTestReplica(context.database, { upstream: context.upstream.baseURL, settings: { region: "west", ...settings } })

const someoneWaitsFor = (key: string) =>
  waitUntil(context.database, "EXISTS (SELECT FROM chatops.idempotency_keys WHERE key = $1 AND awaited)", [key])

describe("a repeat with the same Idempotency-Key", () => {
  test("gets the same turn, as JSON and as a stream", async () => {
    context.upstream.answerWith(call => call.answer(`Answer ${call.number}.`))
    const body = { input: "same" }
    const key = newKey()
    const first = await json(post(key, body))
    expect(await json(post(key, body))).toEqual(first)
    expect(context.upstream.calls).toHaveLength(1)

    const streamed = newKey()
    const live = withoutCommit(await (await post(streamed, { ...body, stream: true })).text())
    const replayed = await (await post(streamed, { ...body, stream: true })).text()
    expect(replayed).toBe(live)
    expect(context.upstream.calls).toHaveLength(2)
  })

  test("waits for the first while it is in flight, on the same replica and on another", async () => {
    await using west = await otherReplica()
    const key = newKey()
    const body = { input: "in flight" }
    const first = json(post(key, body))
    const call = await context.upstream.next()
    const repeats = [json(post(key, body)), json(post(key, body, west))]
    await someoneWaitsFor(key)
    call.answer("Once.")
    for (const repeat of repeats) expect(await repeat).toEqual(await first)
    expect(await turnsWith("in flight")).toHaveLength(1)
    expect(context.upstream.calls).toHaveLength(1)
  })

  test("and another body is refused, whether the first is done or in flight", async () => {
    const key = newKey()
    const first = post(key, { input: "one body" })
    const call = await context.upstream.next()
    const early = await post(key, { input: "another body" })
    call.answer("Done.")
    await first
    const late = await post(key, { input: "another body" })
    for (const answer of [early, late]) {
      expect([answer.status, await answer.json()]).toMatchObject([422, { error: { code: "idempotency_key_reused" } }])
    }
    const elsewhere = await context.send("POST", "/v1/conversations", { metadata: {} }, { "idempotency-key": key })
    expect(elsewhere.status).toBe(422)
  })

  test("makes the turn itself when the first failed", async () => {
    await using west = await otherReplica()
    const key = newKey()
    const body = { input: "fails first" }
    const first = post(key, body)
    const call = await context.upstream.next()
    const repeat = json(post(key, body, west))
    await someoneWaitsFor(key)
    call.refuse(500)
    expect((await first).status).toBe(502)
    ;(await context.upstream.next()).answer("Second try.")
    expect((await repeat)["status"]).toBe("completed")
    expect(await turnsWith("fails first")).toHaveLength(1)
  })

  test("makes the turn itself when the first one's client went away and did not come back", async () => {
    await using impatient = await otherReplica({ resumeGrace: 0 })
    const key = newKey()
    const body = { input: "goes away", stream: true }
    const leaving = new AbortController()
    const first = post(key, body, impatient, leaving.signal)
    const call = await context.upstream.next()
    call.send("Half")
    await first
    leaving.abort()
    await call.hungUp
    const repeat = post(key, body)
    ;(await context.upstream.next()).answer("Whole.")
    expect(await (await repeat).text()).toContain("Whole.")
    expect(await turnsWith("goes away")).toHaveLength(1)
  })

  test("gets what goes on being made for a client that went away, here and elsewhere", async () => {
    await using patient = await otherReplica({ resumeGrace: 1 })
    const key = newKey()
    const body = { input: "is cut off", stream: true }
    const leaving = new AbortController()
    const first = post(key, body, patient, leaving.signal)
    const call = await context.upstream.next()
    call.send("Half, ")
    await first
    const repeats = [post(key, body, patient), post(key, body)]
    await someoneWaitsFor(key)
    leaving.abort()
    // The time for coming back is over, but a repeat waits for it.
    await patient.logs(line => line["msg"] === "goes on for a repeat")
    call.send("and whole.")
    call.finish()
    for (const repeat of repeats) expect(await (await repeat).text()).toContain('"Half, and whole."')
    expect(context.upstream.calls).toHaveLength(1)
    expect(await turnsWith("is cut off")).toHaveLength(1)
  })

  test("stops waiting when its own client goes away", async () => {
    const key = newKey()
    const first = post(key, { input: "patient" })
    const call = await context.upstream.next()
    const leaving = new AbortController()
    const repeat = post(key, { input: "patient" }, context.replica, leaving.signal)
    await someoneWaitsFor(key)
    leaving.abort()
    await expect(repeat).rejects.toThrow()
    call.answer("For the first.")
    expect((await first).status).toBe(200)
  })

  test("after 24 hours is a new request, and old keys are purged", async () => {
    context.upstream.answerWith(call => call.answer(`Answer ${call.number}.`))
    const key = newKey()
    const first = await json(post(key, { input: "old" }))
    await context.database.query("UPDATE chatops.idempotency_keys SET expires_at = now() WHERE key = $1", [key])
    const second = await json(post(key, { input: "not the same body" }))
    expect(second["id"]).not.toBe(first["id"])
    await context.database.query("UPDATE chatops.idempotency_keys SET expires_at = now() WHERE key = $1", [key])
    expect(await purge(context.replica.database)).toBe(1)
    await context.database.query(
      `INSERT INTO chatops.idempotency_keys (tenant, key, body_hash, state, owner, attempt, expires_at)
       SELECT 'acme', 'many-' || n, '', 'done', 'o', 'a', now() FROM generate_series(1, 25) n`,
    )
    expect(await purge(context.replica.database, { batch: 10 })).toBe(25)
  })

  test("makes the one turn, when the database's clock jumps a day ahead while the first is in flight", async () => {
    const key = newKey()
    const body = { input: "a day ahead" }
    const first = post(key, body)
    const firstCall = await context.upstream.next()
    // As the row looks after such a jump.
    await context.database.query("UPDATE chatops.idempotency_keys SET expires_at = now() WHERE key = $1", [key])
    const repeat = json(post(key, body))
    ;(await context.upstream.next()).answer("Second.")
    const made = await repeat
    firstCall.answer("First.")
    const late = await first
    expect([late.status, await late.json()]).toMatchObject([503, { error: { code: "stream_interrupted" } }])
    expect(await turnsWith(body.input)).toEqual([{ id: made["id"] }])
  })

  test("is told when its turn was deleted meanwhile", async () => {
    context.upstream.answerWith(call => call.answer("Gone soon."))
    const key = newKey()
    const first = await json(post(key, { input: "deleted" }))
    await context.client.responses.delete(String(first["id"]))
    expect((await post(key, { input: "deleted" })).status).toBe(404)
  })

  test("makes one conversation, and adds items once", async () => {
    const headers = { "idempotency-key": newKey() }
    const items = [{ role: "user", content: "x" }]
    const create = async () =>
      (await context.send("POST", "/v1/conversations", { items }, headers)).json() as Promise<{ id: string }>
    const [first, second] = await Promise.all([create(), create()])
    expect(first).toEqual(second)
    const add = { "idempotency-key": newKey() }
    const path = `/v1/conversations/${first?.id}/items`
    const added = await Promise.all(
      [1, 2, 3].map(async () => (await context.send("POST", path, { items }, add)).text()),
    )
    expect(new Set(added).size).toBe(1)
    expect((await context.client.conversations.items.list(first?.id ?? "")).data).toHaveLength(2)
  })
})

describe("when the replica that answers", () => {
  /** Seen by others: its presence is registered soon after it became ready. */
  const startOwner = async () => {
    const settings = replicaSettings(context.database, context.upstream.baseURL, { region: "north" })
    const owner = await startReplicaProcess(settings, context.database.runtime.password)
    onTestFinished(() => owner.kill())
    await waitUntil(
      context.database,
      "EXISTS (SELECT FROM chatops.replicas WHERE region = 'north' AND seen_at > now() - interval '2 seconds')",
    )
    return owner
  }

  test("is killed, a repeat takes over soon and makes the one turn", async () => {
    const owner = await startOwner()
    const key = newKey()
    const body = { input: "killed" }
    const first = post(key, body, owner).catch(() => "broken")
    await context.upstream.next()
    const repeat = json(post(key, body))
    await someoneWaitsFor(key)
    const killed = performance.now()
    await owner.kill()
    const call = await context.upstream.next()
    expect(performance.now() - killed).toBeLessThan(3_000)
    call.answer("From the survivor.")
    expect(await first).toBe("broken")
    expect((await repeat)["status"]).toBe("completed")
    expect(await turnsWith("killed")).toHaveLength(1)
  })

  test("was never seen by this primary, a repeat takes over in the end", async () => {
    context.upstream.answerWith(call => call.answer("Found a way."))
    const key = newKey()
    const first = await json(post(key, { input: "unseen" }))
    await context.database.query("DELETE FROM chatops.turns WHERE id = $1", [first["id"]])
    await context.database.query(
      "UPDATE chatops.idempotency_keys SET state = 'in_flight', owner = 'nobody', attempt = 'x' WHERE key = $1",
      [key],
    )
    expect((await json(post(key, { input: "unseen" })))["status"]).toBe("completed")
  })

  /** Until the test ends heartbeats are written down as if the clock had jumped since; the region's last one is. */
  const skewHeartbeats = async (region: string, skew: string) => {
    await context.database.query(
      `CREATE FUNCTION skew() RETURNS trigger LANGUAGE plpgsql AS
         $$ BEGIN NEW.seen_at := NEW.seen_at + interval '${skew}'; RETURN NEW; END $$;
       CREATE TRIGGER skew BEFORE INSERT ON chatops.replicas FOR EACH ROW EXECUTE FUNCTION skew()`,
    )
    onTestFinished(() => context.database.query("DROP FUNCTION skew CASCADE").then(() => {}))
    await waitUntil(
      context.database,
      `EXISTS (SELECT FROM chatops.replicas WHERE region = $1
         AND seen_at - interval '${skew}' BETWEEN now() - interval '1 second' AND now())`,
      [region],
    )
  }

  test.each([
    ["freezes", "0 hours"],
    ["freezes, and has beaten in what the clock says is the future", "1 hour"],
  ])(
    "%s, a repeat takes over; the thawed one cannot save its turn and says so",
    async (input, skew) => {
      const owner = await startOwner()
      await skewHeartbeats("north", skew)
      const key = newKey()
      const body = { input }
      const first = post(key, body, owner)
      const firstCall = await context.upstream.next()
      const repeat = json(post(key, body))
      await someoneWaitsFor(key)
      owner.child.kill("SIGSTOP")
      const secondCall = await context.upstream.next()
      secondCall.answer("From the survivor.")
      const made = await repeat
      owner.child.kill("SIGCONT")
      firstCall.answer("From the grave.")
      const late = await first
      expect([late.status, await late.json()]).toMatchObject([503, { error: { code: "stream_interrupted" } }])
      expect(await turnsWith(input)).toEqual([{ id: made["id"] }])
    },
    30_000,
  )

  test.each(["1 hour", "-1 hour"])("beats while the clock is %s off, nobody takes over", async skew => {
    await using west = await otherReplica()
    await skewHeartbeats("west", skew)
    const key = newKey()
    const body = { input: `off by ${skew}` }
    const first = json(post(key, body, west))
    const call = await context.upstream.next()
    const repeat = json(post(key, body))
    await someoneWaitsFor(key)
    // Three heartbeats: time for a dozen looks at it.
    const beat =
      "(SELECT seen_at::text FROM chatops.replicas r JOIN chatops.idempotency_keys k ON k.owner = r.instance WHERE k.key = $1)"
    for (const _ of [1, 2, 3]) {
      const [row] = await context.database.query(`SELECT ${beat} AS beat`, [key])
      await waitUntil(context.database, `${beat} IS DISTINCT FROM $2`, [key, row?.["beat"]])
    }
    call.answer("Still me.")
    expect(await repeat).toEqual(await first)
    expect(context.upstream.calls).toHaveLength(1)
    expect(await turnsWith(body.input)).toHaveLength(1)
  })

  test("merely loses its presence session, nobody takes over", async () => {
    await using west = await otherReplica()
    const key = newKey()
    const body = { input: "blinks" }
    const first = json(post(key, body, west))
    const call = await context.upstream.next()
    const repeat = json(post(key, body))
    await someoneWaitsFor(key)
    const lockOf = async () =>
      (
        await context.database.query(
          "SELECT lock_key FROM chatops.replicas r JOIN chatops.idempotency_keys k ON k.owner = r.instance WHERE k.key = $1",
          [key],
        )
      )[0]?.["lock_key"]
    const before = await lockOf()
    await context.database.query(
      "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND ((classid::bigint << 32) | objid::bigint) = $1",
      [before],
    )
    await waitUntil(
      context.database,
      "(SELECT lock_key FROM chatops.replicas r JOIN chatops.idempotency_keys k ON k.owner = r.instance WHERE k.key = $1) <> $2",
      [key, before],
    )
    call.answer("Still me.")
    expect(await repeat).toEqual(await first)
    expect(context.upstream.calls).toHaveLength(1)
  })
})

test("a replica whose row was purged is back in the register with its next heartbeat", async () => {
  // Twice, for the first may have come before it registered.
  for (const _ of [1, 2]) {
    await context.database.query("DELETE FROM chatops.replicas")
    await waitUntil(context.database, "EXISTS (SELECT FROM chatops.replicas WHERE region = 'east')")
  }
})

const pidsInSyncRep =
  "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND application_name LIKE 'chatops %'"

test("a deletion whose first outcome was unknown is no 404 when it is repeated, and waits as the first did", async () => {
  context.upstream.answerWith(call => call.answer("Gone soon."))
  const { id } = await json(post(newKey(), { input: "deleted twice" }))
  await requireStandby(context.database, "nobody")
  try {
    const deleted = context.send("DELETE", `/v1/responses/${id}`)
    await waitUntil(context.database, `EXISTS (${pidsInSyncRep})`)
    const [first] = await context.database.query(`${pidsInSyncRep}`)
    await context.database.query("SELECT pg_cancel_backend($1)", [first?.["pid"]])
    await waitUntil(context.database, `EXISTS (${pidsInSyncRep} AND pid <> $1)`, [first?.["pid"]])
    await requireNoStandby(context.database)
    expect((await deleted).status).toBe(200)
    expect((await context.send("DELETE", `/v1/responses/${id}`)).status).toBe(404)
  } finally {
    await requireNoStandby(context.database)
  }
})

describe("a turn whose commit was not confirmed by the region in sync", () => {
  test("is acknowledged to nobody, not even to a repeat or a reader that can see it", async () => {
    // Nobody tells this one that a wait was cancelled.
    const strict = { ...replicaSettings(context.database, context.upstream.baseURL).database, maxStaleness: 0 }
    await using west = await otherReplica({ database: strict })
    const key = newKey()
    const body = { input: "unconfirmed" }
    const first = post(key, body)
    const call = await context.upstream.next()
    // Both know the API key from now on, and need not look it up.
    await west.client(context.key).models.list()
    await requireStandby(context.database, "nobody")
    try {
      call.answer("Written here only.")
      await waitUntil(context.database, `EXISTS (${pidsInSyncRep})`)
      const [waiting] = await context.database.query(pidsInSyncRep)
      await context.database.query("SELECT pg_cancel_backend($1)", [waiting?.["pid"]])
      // Nobody knows what became of it: it is carried out again, finds itself, and waits like the first time.
      await waitUntil(context.database, `EXISTS (${pidsInSyncRep} AND pid <> $1)`, [waiting?.["pid"]])
      expect(await turnsWith("unconfirmed")).toHaveLength(1)

      let answered = 0
      const count = () => void answered++
      void first.then(count)
      const repeat = json(post(key, body, west)).finally(count)
      const [written] = await turnsWith("unconfirmed")
      const reads = [context.replica, west].map(replica =>
        replica.client(context.key).responses.retrieve(String(written?.["id"])).finally(count),
      )
      // It waits for the lock that the first holds while it waits.
      const waiters = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
      await waitUntil(context.database, `EXISTS (${waiters} AND query LIKE '%INTO chatops.idempotency_keys%')`)
      expect(answered).toBe(0)
      await requireNoStandby(context.database)
      const [{ id } = { id: "" }, ...more] = await turnsWith("unconfirmed")
      expect([more, (await repeat)["id"], (await json(first))["id"]]).toEqual([[], id, id])
      for (const read of reads) expect((await read).id).toBe(id)
      expect(context.upstream.calls).toHaveLength(1)
    } finally {
      await requireNoStandby(context.database)
    }
  })
})

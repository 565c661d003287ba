import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { basename, join } from "node:path"
import type { Register } from "@chatops/runtime/contract"
import { expect, it } from "vitest"
import { isAlive } from "../../../process/process-identity.ts"
import { type ScratchRegions, scratchRegions } from "../../../testing/scratch-regions.ts"
import { realWitness, soon, supervise } from "../../../testing/supervised-regions.ts"
import { replayedPosition } from "../postgres/replication-lag.ts"
import type { SupervisedDatabase } from "./supervised-database.ts"
import { untilTrue } from "./until.ts"

type Side = ReturnType<typeof supervise>

const answer = ({ database }: Side, id: string, conversation: string | null = null) =>
  database.query(client =>
    client.query(
      `insert into chatops.turns (id, tenant, conversation_id, position, release_id, arm, epoch, model, status, parameters, input, output, metadata, created_at)
       values ($1, 't', $2, 1, 'r', 'default', 1, 'm', 'completed', '{}', $3, '[]', '{}', '2026-01-02T03:04:05.678Z')`,
      [id, conversation, '[{"text":"a NUL \\u0000",\n "n": 12345678901234567890}]'],
    ),
  )

const useKey = ({ database }: Side, key: string, body: string, turn: string) =>
  database.query(client =>
    client.query(
      `insert into chatops.idempotency_keys (tenant, key, body_hash, state, owner, attempt, result_id, expires_at)
       values ('t', $1, sha256($2::bytea), 'done', 'o', 'a', $3, now() + interval '1 day')`,
      [key, body, turn],
    ),
  )

/** Of everything that its standby does not get. */
async function answerAlone(east: Side, link: ScratchRegions["link"]): Promise<void> {
  link.close()
  await answer(east, "alone-1")
  await east.database.query(client =>
    client.query("insert into chatops.conversations (id, tenant, metadata) values ('c', 't', '{}')"),
  )
  await answer(east, "alone-2", "c")
  await east.database.query(client =>
    client.query("insert into chatops.conversation_items values ('c', 1, 'item', 'alone-2', '{}')"),
  )
  await answer(east, "alone-deleted")
  await east.database.query(client =>
    client.query("update chatops.turns set deleted_at = now() where id = 'alone-deleted'"),
  )
  for (const key of ["repeated", "saved-again", "other-body"]) {
    await answer(east, `alone-${key}`)
    await useKey(east, key, "body", `alone-${key}`)
  }
}

/** East goes on alone, acknowledges turns, and is away when west is made primary: by this claim, so many epochs later. */
async function leftAlone(claim: Register["claim"], epochs = 1, alone: "turns" | "nothing" = "turns") {
  const regions = await scratchRegions()
  const { at, store } = await realWitness(regions)
  const [east, west] = [supervise(regions.east, at), supervise(regions.west, at)]
  await east.apply()
  await west.apply()
  await answer(east, "before")
  await untilTrue(undefined, async () => (await west.database.read(replayedPosition)).turns === 1, soon())
  if (alone === "turns") await answerAlone(east, regions.link)
  const { incarnation: former } = await east.database.regionState()
  const { incarnation } = await west.database.regionState()
  await east.database.stop()
  await west.database.stop()
  const base = store.read()
  const change = { epoch: base.epoch + epochs, primary: "west", incarnation, inSync: null, claim }
  await store.write(base.version, { ...base, ...change, version: base.version + 1, nonce: "claim" })
  const primary = supervise(regions.west, at)
  await primary.apply()
  // Clients and replicas that go on with what they had begun.
  await answer(primary, "again")
  await useKey(primary, "repeated", "body", "again")
  await answer(primary, "alone-saved-again")
  await useKey(primary, "saved-again", "body", "alone-saved-again")
  await answer(primary, "different")
  await useKey(primary, "other-body", "another body", "different")
  if (alone === "turns") await regions.link.listen()
  const { directory } = regions.east.spec
  return { regions, at, former: join(directory, "database", former ?? ""), file: fileIn(directory, former) }
}

const fileIn = (directory: string, former: string | null) => join(directory, "lost-turns", `1-${former}.jsonl`)

const lines = (file: string) =>
  readFileSync(file, "utf8")
    .trimEnd()
    .split("\n")
    .map(line => JSON.parse(line) as Record<string, unknown>)

const whatIsThere = (database: SupervisedDatabase, former: string) => async () => {
  const { lostTurns, unread } = await database.regionState()
  return (lostTurns !== null && !existsSync(former)) || unread !== null
}

/** Only the data that it has now are left. */
async function expectOnlyPresentData({ database, spec }: Side): Promise<void> {
  const root = join(spec.directory, "database")
  const left = async () => readdirSync(root).length === 2
  await untilTrue(undefined, left, soon())
  const { incarnation } = await database.regionState()
  expect(readdirSync(root).toSorted()).toEqual(["current", incarnation])
}

it("keeps exactly the turns that a former primary acknowledged alone, for people alone to read", async () => {
  const { regions, at, former, file } = await leftAlone("forced")
  const east = supervise(regions.east, at)
  await east.apply()
  await untilTrue(undefined, whatIsThere(east.database, former), soon())
  const { role, lostTurns, unread } = await east.database.regionState()
  expect({ role, lostTurns, unread }).toEqual({
    role: "standby",
    lostTurns: { epoch: 1, primary: "west", claim: "forced", turns: 3, repeated: 1, file },
    unread: null,
  })
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(lines(file).map(({ turn, repeatedAs }) => [turn, repeatedAs])).toEqual([
    ["alone-1", null],
    ["alone-2", null],
    ["alone-other-body", null],
    ["alone-repeated", "again"],
  ])
  expect(lines(file)[1]).toMatchObject({
    conversation: "c",
    tenant: "t",
    created: "2026-01-02T03:04:05.678Z",
    rows: {
      turn: { id: "alone-2", release_id: "r" },
      conversation: { id: "c", tenant: "t" },
      items: [{ id: "item", turn_id: "alone-2" }],
      idempotency_key: null,
    },
  })
  expect(lines(file)[3]).toMatchObject({ rows: { idempotency_key: { key: "repeated" } } })
  expect(readFileSync(file, "utf8")).toContain('"n": 12345678901234567890')
  await expectOnlyPresentData(east)

  // It is still told by whoever comes next.
  await east.database.stop()
  const next = supervise(regions.east, at)
  await next.apply()
  expect((await next.database.regionState()).lostTurns).toEqual(lostTurns)
}, 180_000)

it("follows the new primary without waiting for that, and reads again what it did not come to the end of", async () => {
  const { regions, at, former, file } = await leftAlone("async")
  const killed: number[] = []
  const killing = supervise(regions.east, at, undefined, (name, pid) => {
    if (name !== "former-primary") return
    killed.push(pid)
    process.kill(pid, "SIGKILL")
  })
  await killing.apply()
  await untilTrue(undefined, whatIsThere(killing.database, former), soon())
  const { role, streaming, lostTurns, unread } = await killing.database.regionState()
  expect({ role, streaming, lostTurns }).toEqual({ role: "standby", streaming: true, lostTurns: null })
  expect(unread).toMatchObject({ directory: former })
  expect(killed).toHaveLength(1)
  expect([existsSync(former), existsSync(file)]).toEqual([true, false])
  await killing.database.stop()

  mkdirSync(join(file, ".."), { recursive: true })
  writeFileSync(`${file}.draft`, '{"turn":"half a li')
  const readers: { pid: number; started: string }[] = []
  const east = supervise(regions.east, at, undefined, (name, pid, started) => {
    if (name === "former-primary") readers.push({ pid, started })
  })
  await east.apply()
  await untilTrue(undefined, whatIsThere(east.database, former), soon())
  expect(await east.database.regionState()).toMatchObject({
    lostTurns: { epoch: 1, primary: "west", claim: "async", turns: 3, repeated: 1, file },
    unread: null,
  })
  expect(lines(file)).toHaveLength(4)
  expect(readers.filter(isAlive)).toEqual([])
  await expectOnlyPresentData(east)
}, 180_000)

it("names a former primary's directory that cannot be read, and keeps it", async () => {
  const { regions, at, former } = await leftAlone("forced")
  // What starts once it is kept is the copy that took its place.
  const east = supervise(regions.east, at, undefined, () => {
    if (existsSync(`${former}.former`)) rmSync(join(former, "global", "pg_control"), { force: true })
  })
  await east.apply()
  await untilTrue(undefined, whatIsThere(east.database, former), soon())
  const state = await east.database.regionState()
  expect(state).toMatchObject({ role: "standby", lostTurns: null, unread: { directory: former } })
  expect(state.unread?.problem).toMatch(/pg_control/)
  expect(east.database.trouble).toBeNull()
  // Also when its present data are made anew.
  await regions.east.database.localData()
  await east.database.stop()
  await regions.east.database.copyFrom("west", soon())
  expect(existsSync(join(former, "PG_VERSION"))).toBe(true)
}, 180_000)

it("looks for nothing after a claim of the region in sync", async () => {
  const { regions, at, former } = await leftAlone("in-sync")
  const east = supervise(regions.east, at)
  await east.apply()
  expect(existsSync(`${former}.former`)).toBe(false)
  expect((await east.database.regionState()).lostTurns).toBeNull()
}, 180_000)

it("looks also where the last claim was of the region in sync, but not the only one since", async () => {
  const { regions, at, former, file } = await leftAlone("in-sync", 2)
  const east = supervise(regions.east, at)
  await east.apply()
  await untilTrue(undefined, whatIsThere(east.database, former), soon())
  const { lostTurns } = await east.database.regionState()
  expect(lostTurns).toEqual({ epoch: 1, primary: null, claim: null, turns: 3, repeated: 1, file })
}, 180_000)

it("says that nothing was lost where the former primary can follow with what it has", async () => {
  const { regions, at, former } = await leftAlone("forced", 1, "nothing")
  const east = supervise(regions.east, at)
  await east.apply()
  const { incarnation, lostTurns, unread } = await east.database.regionState()
  expect([incarnation, lostTurns, unread]).toEqual([
    basename(former),
    { epoch: 1, primary: "west", claim: "forced", turns: 0, repeated: 0, file: null },
    null,
  ])
}, 180_000)

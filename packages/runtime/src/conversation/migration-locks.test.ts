import pg from "pg"
import { expect, onTestFinished, test } from "vitest"
import { createMigratedDatabase } from "../testing/test-database.ts"
import { useReplica } from "../testing/use-replica.ts"
import { waitUntil } from "../testing/wait-until.ts"
import { migrate } from "./migrate.ts"
import type { LockPatience } from "./migration-locks.ts"
import { migrations } from "./migrations/index.ts"
import type { Migration } from "./migrations/migration.ts"

const context = useReplica()
const quick: LockPatience = { wait: 200, firstPause: 20, longestPause: 50, total: 30_000 }

const run = (steps: readonly Migration[], patience = quick, database = context.database) =>
  migrate({ ...database, runtimeRole: database.runtime.user }, steps, patience)

/** The next version's step: a column for turns. The replica that runs knows nothing of it. */
const next = (name: string): Migration => ({
  version: migrations.length + 1,
  name,
  sql: `ALTER TABLE chatops.turns ADD COLUMN ${name} integer NOT NULL DEFAULT 0`,
})

const hasColumn = async (name: string) => {
  const found = "SELECT FROM information_schema.columns WHERE table_name = 'turns' AND column_name = $1"
  return (await context.database.query(found, [name])).length > 0
}

/** A transaction that has read turns and stays open, as a report's or a backup's does. */
async function longReader(database = context.database) {
  const client = new pg.Client({ ...database, application_name: "long report" })
  await client.connect()
  onTestFinished(() => client.end())
  await client.query("BEGIN")
  await client.query("SELECT FROM chatops.turns")
  const [{ pid }] = (await client.query("SELECT pg_backend_pid() AS pid")).rows
  return { pid, end: () => client.query("COMMIT") }
}

/** Turns on conversations that are read back, four at a time, until it is stopped. */
function startTurns() {
  const failures: unknown[] = []
  const waiting: { count: number; resolve: () => void }[] = []
  let answered = 0
  let stopped = false
  const turn = async () => {
    const { id } = await context.client.conversations.create()
    const ask = { model: "test-model", input: "Hello", conversation: id }
    const first = await context.client.responses.create(ask)
    await context.client.responses.create(ask)
    expect((await context.client.responses.retrieve(first.id)).output_text).toBe("Hi.")
    expect((await context.client.conversations.items.list(id)).data).toHaveLength(4)
  }
  const work = Array.from({ length: 4 }, async () => {
    while (!stopped) {
      await turn().catch(error => failures.push(error))
      answered += 1
      for (const { count, resolve } of waiting) if (answered >= count) resolve()
    }
  })
  return {
    /** Resolves once so many more are over. */
    more: (count: number) => new Promise<void>(resolve => waiting.push({ count: answered + count, resolve })),
    /** Resolves with what failed. */
    async stop() {
      stopped = true
      await Promise.all(work)
      return failures
    },
  }
}

const migrationWaits = () =>
  waitUntil(
    context.database,
    "EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'chatops migrate' AND wait_event = 'relation')",
  )

test("a step that changes a table in use fails no request, neither while it waits for the table nor afterwards", async () => {
  context.upstream.answerWith(call => call.answer("Hi."))
  const turns = startTurns()
  await turns.more(4)
  const reader = await longReader()
  const migration = run([...migrations, next("mood")])
  await migrationWaits()
  // The step waits for the reader; without a limit everybody would wait behind the step.
  await turns.more(20)
  expect(await hasColumn("mood")).toBe(false)
  await reader.end()
  expect(await migration).toEqual({ applied: ["0005-mood"], version: 5 })
  await turns.more(20)
  // The version before, started once more beside the new one.
  expect(await run(migrations)).toEqual({ applied: [], version: 5 })
  await turns.more(8)
  expect(await turns.stop()).toEqual([])
  expect(await hasColumn("mood")).toBe(true)
}, 40_000)

test("a step that never gets the table is given up, names who held it, and can be tried again", async () => {
  const database = await createMigratedDatabase(context.postgres)
  const reader = await longReader(database)
  const steps = [...migrations, next("mood"), { ...next("weight"), version: migrations.length + 2 }]
  const impatient = { wait: 20, firstPause: 5, longestPause: 10, total: 100 }
  await expect(run(steps, impatient, database)).rejects.toMatchObject({
    code: "SCHEMA_IN_USE",
    message: `Step 0005-mood got no lock on a table within 0.1 s, for pid ${reader.pid} (long report) held on to it; try again once they have ended.`,
  })
  await reader.end()
  expect((await run(steps, quick, database)).applied).toEqual(["0005-mood", "0006-weight"])
})

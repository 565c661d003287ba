import { afterEach, beforeEach, expect, it, vi } from "vitest"
import type { RegionDatabase } from "../postgres/region-database.ts"
import { DatabaseTasks } from "./database-tasks.ts"
import type { RegionSpec } from "./spec.ts"

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** What a primary's database shows of the one walsender of west. */
function shown(row: { sent: string; owes: boolean }) {
  const rows = [{ pid: 1, name: "west_i1", ...row }]
  const database = { query: async () => ({ rows }) } as unknown as RegionDatabase
  const spec = { database: { name: "chatops" } } as RegionSpec
  return new DatabaseTasks(spec, database, { say: () => undefined, prepare: async () => undefined })
}

it.each([
  ["within two seconds, when it has nothing to say", false, 1_900, 2_000],
  ["within one, when it was sent something", true, 900, 1_000],
])("takes a standby for alive that reports %s", async (_, owes, alive, silent) => {
  const tasks = shown({ sent: "a while ago", owes })
  const west = [{ region: "west", incarnation: "i1" }]
  expect(await tasks.streaming(["west"])).toEqual(west)
  vi.advanceTimersByTime(alive)
  expect(await tasks.streaming(["west"])).toEqual(west)
  vi.advanceTimersByTime(silent - alive)
  expect(await tasks.streaming(["west"])).toEqual([])
})

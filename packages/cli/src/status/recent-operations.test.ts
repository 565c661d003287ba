import { expect, it } from "vitest"
import type { LedgerEntry } from "../ledger/index.ts"
import { recentOperations } from "./recent-operations.ts"

const entries = ["prod", "prod", "local", "prod", "local"].map(
  (environment, index) =>
    ({ path: `${index}`, record: { environment, startedAt: new Date(1e12 - index).toISOString() } }) as LedgerEntry,
)
const fakeLedger = { entries: async ({ limit }: { limit: number }) => entries.slice(0, limit) }

it.each<[string, string | undefined, number, string[]]>([
  ["of every environment", undefined, 2, ["0", "1"]],
  ["of one, however many of others are newer", "local", 2, ["2", "4"]],
  ["of one, no more than asked for", "prod", 1, ["0"]],
  ["of one that was never deployed: none", "staging", 5, []],
])("the newest operations %s", async (_name, environment, limit, paths) => {
  const found = await recentOperations(fakeLedger, { limit, environment })
  expect(found.map(({ path }) => path)).toEqual(paths)
})

it("those that are still to come stand where they will, and count", async () => {
  const at = (id: string, startedAt: string, environment = "prod") =>
    ({ id, startedAt, environment }) as LedgerEntry["record"]
  const ledger = {
    entries: async () => [
      { path: "2", record: at("b", "2026-01-02T00:00:00.000Z") },
      { path: "1", record: at("a", "2026-01-01T00:00:00.000Z") },
    ],
  }
  const late = (id: string, startedAt: string, environment: string) =>
    ({ record: at(id, startedAt, environment), why: "no room" }) as const
  const toCome = [late("c", "2026-01-01T12:00:00.000Z", "prod"), late("d", "2026-01-03T00:00:00.000Z", "local")]
  const found = await recentOperations(ledger, { limit: 2, environment: "prod" }, toCome)
  expect(found.map(({ record, path, toCome }) => [record.id, path, toCome])).toEqual([
    ["b", "2", undefined],
    ["c", "operations/2026/01/c.json", "no room"],
  ])
})

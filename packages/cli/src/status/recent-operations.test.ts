import { expect, it } from "vitest"
import type { LedgerEntry } from "../ledger/index.ts"
import { recentOperations } from "./recent-operations.ts"

const entries = ["prod", "prod", "local", "prod", "local"].map(
  (environment, index) => ({ path: `${index}`, record: { environment } }) as LedgerEntry,
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

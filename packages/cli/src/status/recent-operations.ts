import type { Ledger } from "../ledger/index.ts"
import type { HistoryResult } from "../results/history.ts"

/** The newest operations that the ledger has recorded, of every environment or of one; newest first. */
export async function recentOperations(
  ledger: Pick<Ledger, "entries">,
  { limit, environment }: { limit: number; environment: string | undefined },
): Promise<HistoryResult> {
  if (environment === undefined) return ledger.entries({ limit })
  // Which entries are of one environment shows only when they are read.
  const entries = await ledger.entries({ limit: Number.MAX_SAFE_INTEGER })
  return entries.filter(({ record }) => record.environment === environment).slice(0, limit)
}

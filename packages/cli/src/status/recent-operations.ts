import { type Ledger, recordPath } from "../ledger/index.ts"
import type { AppContact } from "../operations/watcher-contact.ts"
import type { HistoryResult } from "../results/history.ts"

/**
 * The newest operations that the ledger has recorded, of every environment or of one; newest first. Among them what is
 * still to come to it.
 */
export async function recentOperations(
  ledger: Pick<Ledger, "entries">,
  { limit, environment }: { limit: number; environment: string | undefined },
  toCome: AppContact["toCome"] = [],
): Promise<HistoryResult> {
  // Which entries are of one environment shows only when they are read.
  const read = await ledger.entries({ limit: environment === undefined ? limit : Number.MAX_SAFE_INTEGER })
  const entries = [...toCome.map(({ record, why }) => ({ record, path: recordPath(record), toCome: why })), ...read]
  return entries
    .filter(({ record }) => environment === undefined || record.environment === environment)
    .toSorted((one, other) => Date.parse(other.record.startedAt) - Date.parse(one.record.startedAt))
    .slice(0, limit)
}

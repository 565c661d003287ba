import * as z from "zod"
import { LedgerRecord } from "./ledger-record.ts"
import { unreadable } from "./unreadable.ts"

/** @throws {ChatopsError} LEDGER_UNREADABLE */
export function parseRecord(path: string, text: string): LedgerRecord {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw unreadable(path, "it is not JSON")
  }
  const parsed = LedgerRecord.safeParse(value)
  if (parsed.success) return parsed.data
  const newer = z.object({ schema: z.number().min(2) }).safeParse(value).success
  if (newer) throw unreadable(path, "a newer version of chatops wrote it", "Update chatops.")
  throw unreadable(path, z.prettifyError(parsed.error))
}

import { ChatopsError } from "@chatops/stacks/errors"
import * as z from "zod"
import { LedgerRecord } from "./ledger-record.ts"

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

export function unreadable(path: string, why: string, hint?: string): ChatopsError {
  const message = `The ledger's entry ${path} cannot be read: ${why}`
  return new ChatopsError("LEDGER_UNREADABLE", message, { details: { path }, ...(hint === undefined ? {} : { hint }) })
}

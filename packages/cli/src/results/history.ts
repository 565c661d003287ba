import * as z from "zod"
import { LedgerRecord } from "../ledger/ledger-record.ts"
import type { ResultOf } from "./result-type.ts"

export const historyResult = z.array(
  z.strictObject({
    record: z.strictObject(LedgerRecord.shape),
    path: z.string().describe("Where it lies in the branch chatops/ledger, or will."),
    toCome: z
      .string()
      .exactOptional()
      .describe("Why it is not in the ledger yet: the next contact with it tries again. Absent where it is."),
  }),
)
export type HistoryResult = ResultOf<typeof historyResult>

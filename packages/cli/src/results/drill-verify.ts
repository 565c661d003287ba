import * as z from "zod"
import { DrillOutcome } from "../drill/evidence/drill-record.ts"
import type { ResultOf } from "./result-type.ts"

const check = z.strictObject({
  check: z.enum(["signature", "files", "record", "events", "figures", "verdict", "report", "place"]),
  passed: z.boolean(),
  code: z.string().exactOptional().describe("What is wrong, as in docs/errors.md; absent when it passed."),
  file: z
    .string()
    .exactOptional()
    .describe("Which file, as a path in the branch chatops/ledger; absent when it passed."),
  detail: z.string(),
})

export const drillVerifyResult = z.strictObject({
  passed: z.boolean(),
  drills: z.array(
    z.strictObject({
      environment: z.string(),
      id: z.string(),
      passed: z.boolean(),
      outcome: DrillOutcome.nullable().describe("What the record says; null when it cannot be read."),
      endedAt: z.string().nullable(),
      keyId: z.string().nullable().describe("The key that the statement names."),
      checks: z.array(check),
    }),
  ),
  missing: z.array(check).describe("Drills that are gone altogether."),
  latest: z
    .array(z.strictObject({ environment: z.string(), id: z.string(), statement: z.string() }))
    .describe("SHA-256 of each environment's last statements, to compare with later."),
})
export type DrillVerifyResult = ResultOf<typeof drillVerifyResult>

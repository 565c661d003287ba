import * as z from "zod"
import { DrillOutcome, DrillRecord } from "../drill/evidence/drill-record.ts"
import type { ResultOf } from "./result-type.ts"

export const drillListResult = z.array(
  z.strictObject({
    id: z.string(),
    environment: z.string(),
    scenario: z.string(),
    outcome: DrillOutcome,
    endedAt: z.iso.datetime(),
    rtoMs: z.number().nullable().describe("The longest recovery; null when there was none, or one never ended."),
    lost: z.int().describe("Acknowledged turns that were lost."),
    actor: z.string(),
  }),
)
export type DrillListResult = ResultOf<typeof drillListResult>

const { id, outcome, verdict, figures } = DrillRecord.shape

export const drillRunResult = z.strictObject({
  environment: z.string(),
  drills: z.array(
    z.strictObject({
      id,
      scenario: z.string(),
      seed: z.int(),
      outcome,
      verdict,
      figures,
      statement: z.string().describe("Digest of the signed statement."),
    }),
  ),
})
export type DrillRunResult = ResultOf<typeof drillRunResult>

export const drillShowResult = DrillRecord
export type DrillShowResult = ResultOf<typeof drillShowResult>

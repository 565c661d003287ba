import * as z from "zod"
import { DrillOutcome, DrillRecord } from "../drill/evidence/drill-record.ts"
import { errorResult } from "./error.ts"
import type { ResultOf } from "./result-type.ts"

export const drillListResult = z.array(
  z.strictObject({
    id: z.string(),
    environment: z.string(),
    scenario: z.string(),
    seed: z.int(),
    faults: z.array(z.string()).describe("What was broken: `kill-region east`."),
    outcome: DrillOutcome,
    endedAt: z.iso.datetime(),
    rtoMs: z.number().nullable().describe("The longest recovery; null when there was none, or one never ended."),
    rtoMet: z.boolean().nullable().describe("Whether it is within the objective; null: there is none."),
    lost: z.int().describe("Acknowledged turns that were lost."),
    rpoMet: z.boolean().nullable().describe("Whether they are within the objective; null: there is none."),
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
      faults: z.array(z.string()).describe("What was broken: `kill-region east`."),
      outcome,
      aborted: z.string().nullable().describe("Why the drill was given up; null: it was not."),
      verdict,
      figures,
      statement: z.string().describe("Digest of the signed statement."),
    }),
  ),
  stopped: z
    .strictObject({
      planned: z.int().describe("How many drills were asked for."),
      why: z.string(),
      error: errorResult.shape.error.nullable().describe("What kept the next one from being made."),
    })
    .nullable()
    .describe("Why a series ended before its last drill; null: it did not."),
})
export type DrillRunResult = ResultOf<typeof drillRunResult>

const compared = {
  rtoMs: z.number().nullable().describe("The longest recovery; null when there was none, or one never ended."),
  lost: z.number().describe("Acknowledged turns that were lost."),
}

export const drillShowResult = DrillRecord.extend({
  comparison: z
    .strictObject({
      previous: z.strictObject({ id, ...compared }),
      median: z.strictObject({ runs: z.int().min(1).describe("How many runs there were before."), ...compared }),
    })
    .nullable()
    .describe("Earlier runs of the same scenario and environment that were not aborted; null: there is none."),
})
export type DrillShowResult = ResultOf<typeof drillShowResult>

import * as z from "zod"
import type { ResultOf } from "./result-type.ts"

export const explanationResult = z.strictObject({
  operation: z.string(),
  environment: z.string(),
  from: z.string(),
  to: z.string().describe("Region that would take over; where none can, the one that is spoken of."),
  possible: z.boolean().describe("Whether it would be begun now."),
  refusal: z
    .strictObject({ code: z.string(), message: z.string(), hint: z.string() })
    .nullable()
    .describe("Why it would not, and what to do."),
  warnings: z.array(z.string()).describe("What would not keep it from succeeding, and users would feel."),
  steps: z.array(
    z.strictObject({
      name: z.string(),
      does: z.string(),
      byHand: z.array(z.string()).describe("Lines of shell that do the same without chatops."),
    }),
  ),
})
export type ExplanationResult = ResultOf<typeof explanationResult>

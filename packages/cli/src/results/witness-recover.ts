import * as z from "zod"
import type { ResultOf } from "./result-type.ts"

export const witnessRecoverResult = z.strictObject({
  operation: z.string(),
  outcome: z.enum(["succeeded", "unchanged"]).describe("unchanged: no region remembers anything newer."),
  environment: z.string(),
  primary: z.string().nullable().describe("null where nothing was changed, as `epoch`."),
  epoch: z.number().int().nullable().describe("Above everything that any region has seen."),
  doubt: z.string().nullable().describe("Why turns may be lost, with --force; null: none are."),
})
export type WitnessRecoverResult = ResultOf<typeof witnessRecoverResult>

import * as z from "zod"
import { mayBeLost } from "./may-be-lost.ts"
import type { ResultOf } from "./result-type.ts"

export const failoverResult = z.strictObject({
  operation: z.string(),
  outcome: z.enum(["succeeded", "unchanged"]).describe("unchanged: that region was the primary already."),
  environment: z.string(),
  from: z.string(),
  to: z.string(),
  epoch: z.number().int().describe("Grows with every change of primary."),
  claimMs: z
    .number()
    .int()
    .nullable()
    .describe(
      "From the claim, or with --planned from when it was asked to leave, until runtimes were let in; null when nothing changed.",
    ),
  claim: z
    .enum(["in-sync", "async", "forced"])
    .nullable()
    .describe("How it came to its place: as the region in sync, or without having been; null when nothing changed."),
  mayBeLost: mayBeLost
    .nullable()
    .describe("What was acknowledged and may be lost, as far as it was known beforehand; null: nothing."),
  inSync: z.string().nullable().describe("Region that holds every turn besides the primary; null: none does yet."),
  steps: z.array(z.strictObject({ name: z.string(), durationMs: z.number().int().min(0) })),
})
export type FailoverResult = ResultOf<typeof failoverResult>

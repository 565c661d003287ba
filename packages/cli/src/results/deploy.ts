import * as z from "zod"
import { planFields } from "./plan.ts"
import type { ResultOf } from "./result-type.ts"

const verification = z.strictObject({
  turn: z.string().describe("Id of the response."),
  answer: z.string(),
  region: z.string().nullable().describe("Region that answered."),
})

export const deployResult = z.strictObject({
  operation: z.string(),
  outcome: z.enum(["succeeded", "unchanged"]),
  environment: z.string(),
  release: z.string(),
  entry: z.strictObject({ url: z.string().nullable() }),
  primary: z.string().nullable(),
  ...planFields,
  verification: verification.nullable().describe("The answer that verified the deploy; null when nothing changed."),
  steps: z.array(z.strictObject({ name: z.string(), durationMs: z.number().int().min(0) })),
})
export type DeployResult = ResultOf<typeof deployResult>

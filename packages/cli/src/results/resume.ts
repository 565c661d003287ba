import * as z from "zod"
import type { ResultOf } from "./result-type.ts"

export const resumeResult = z.strictObject({
  operation: z.string(),
  kind: z.string().describe("`deploy`, `destroy` …"),
  outcome: z.enum(["succeeded", "unchanged", "aborted"]).describe("aborted: given up with --abort."),
})
export type ResumeResult = ResultOf<typeof resumeResult>

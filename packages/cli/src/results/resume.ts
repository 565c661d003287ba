import * as z from "zod"
import { mayBeLost } from "./may-be-lost.ts"
import type { ResultOf } from "./result-type.ts"

export const resumeResult = z.strictObject({
  operation: z.string(),
  kind: z.string().describe("`deploy`, `destroy` …"),
  mayBeLost: mayBeLost.nullable().describe("As `failover` tells it; null: nothing, or it was no change of primary."),
  drill: z
    .strictObject({
      id: z.string(),
      outcome: z.enum(["passed", "missed", "violated", "aborted"]),
      rest: z
        .strictObject({
          planned: z.int().describe("How many drills its series was to have."),
          following: z.int().describe("How many of them come after this one; they were not made."),
          command: z
            .string()
            .nullable()
            .describe("What makes them, typed in this directory; null: none follows one that came out like this."),
        })
        .nullable()
        .describe("What is left of its series; null: nothing."),
    })
    .nullable()
    .describe("Whether a drill that went on to its end has passed; null: it was none, or was given up."),
  toCome: z
    .array(z.string())
    .describe("What an operation that was given up could not bring to the ledger, for people."),
  outcome: z.enum(["succeeded", "unchanged", "aborted"]).describe("aborted: given up with --abort."),
})
export type ResumeResult = ResultOf<typeof resumeResult>

import * as z from "zod"
import type { ResultOf } from "./result-type.ts"

/** What every command prints under `--json` instead of its result; on standard output, like the result. */
export const errorResult = z.strictObject({
  error: z.strictObject({
    code: z.string().describe("A code of docs/errors.md."),
    message: z.string(),
    hint: z.string().nullable().describe("What to do about it."),
    details: z.record(z.string(), z.unknown()).describe("Facts for programs; which ones depends on the code."),
  }),
})
export type ErrorResult = ResultOf<typeof errorResult>

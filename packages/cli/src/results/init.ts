import * as z from "zod"
import type { ResultOf } from "./result-type.ts"

export const initResult = z.strictObject({
  directory: z.string(),
  files: z.array(z.string()),
  commit: z.string().describe("First commit of the new repository."),
})
export type InitResult = ResultOf<typeof initResult>

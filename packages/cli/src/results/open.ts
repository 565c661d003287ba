import * as z from "zod"
import type { ResultOf } from "./result-type.ts"

export const openResult = z.strictObject({
  url: z.url().describe("Holds a token that works once, within five minutes."),
})
export type OpenResult = ResultOf<typeof openResult>

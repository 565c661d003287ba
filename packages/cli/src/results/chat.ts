import * as z from "zod"
import type { ResultOf } from "./result-type.ts"

export const chatResult = z.strictObject({
  id: z.string().describe("Id of the response."),
  text: z.string(),
  region: z.string().nullable().describe("Region that answered."),
  release: z.string().nullable().describe("Release that answered."),
})
export type ChatResult = ResultOf<typeof chatResult>

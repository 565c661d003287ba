import * as z from "zod"
import type { ResultOf } from "./result-type.ts"

export const destroyResult = z.strictObject({ operation: z.string(), environment: z.string() })
export type DestroyResult = ResultOf<typeof destroyResult>

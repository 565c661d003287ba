import * as z from "zod"
import type { ResultOf } from "./result-type.ts"

/** Names only: a value never leaves the place where it is kept. */
export const secretSetResult = z.strictObject({ name: z.string() })
export type SecretSetResult = ResultOf<typeof secretSetResult>

export const secretListResult = z.array(z.strictObject({ name: z.string(), setAt: z.iso.datetime() }))
export type SecretListResult = ResultOf<typeof secretListResult>

export const secretRemoveResult = z.strictObject({ name: z.string() })
export type SecretRemoveResult = ResultOf<typeof secretRemoveResult>

import * as z from "zod"
import type { Role } from "./role.ts"
import type { SupervisedDatabase } from "./supervised-database.ts"

const Claim = z.strictObject({ patience: z.int().min(1) })

/** `claim`: takes the primary's place, for at most `patience` milliseconds, and answers the register. */
export function claimFunction(database: SupervisedDatabase): Role["admin"] {
  return { claim: async input => database.claim(AbortSignal.timeout(Claim.parse(input).patience)) }
}

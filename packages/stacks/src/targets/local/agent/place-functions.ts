import { Register } from "@chatops/runtime/contract"
import * as z from "zod"
import type { Role } from "./role.ts"
import type { SupervisedDatabase } from "./supervised-database.ts"

const milliseconds = z.int().min(1)
const Claim = z.strictObject({ patience: milliseconds, accepts: Register.shape.claim })
const Leave = z.strictObject({ to: z.string().min(1), patience: milliseconds, claimPatience: milliseconds })

/**
 * `claim`: takes the primary's place, for at most `patience` milliseconds, and answers the register; as it `accepts`
 * though this region may lack what was acknowledged. `leave`: finishes what is under way and stops, for another to claim
 * within `claimPatience`. `take-back`: serves again if nobody did.
 * `witness`: answers the register as this region reads it now, or null. `moments`: answers what happened to it.
 */
export function placeFunctions(database: Pick<SupervisedDatabase, "place" | "moments" | "readWitness">): Role["admin"] {
  return {
    witness: async () => (await database.readWitness()) ?? null,
    claim: async input => {
      const { patience, accepts } = Claim.parse(input)
      return database.place.claim(AbortSignal.timeout(patience), { accepts })
    },
    leave: async input => {
      const { to, patience, claimPatience } = Leave.parse(input)
      await database.place.leaveTo(to, claimPatience, AbortSignal.timeout(patience))
      return {}
    },
    moments: async () => database.moments,
    "take-back": async () => {
      database.place.takeBack()
      return {}
    },
  }
}

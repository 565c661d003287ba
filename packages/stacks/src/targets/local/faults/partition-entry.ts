import * as z from "zod"
import { holdCuts, waysFromEntry } from "./hold-cuts.ts"
import { localFault } from "./local-fault.ts"

/** The entry's connections to the region pass nothing on. Nothing to heal: a cut ends with whoever holds it. */
export const partitionEntry = localFault<"partition-entry", null>({
  broken: z.null(),
  make: async ({ region }, making) => holdCuts(await waysFromEntry(making.directories, region), making),
})

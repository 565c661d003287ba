import * as z from "zod"
import { holdCuts, linksBetween } from "./hold-cuts.ts"
import { localFault, unsupported } from "./local-fault.ts"

/** The links of both regions to each other pass nothing on. Nothing to heal: a cut ends with whoever holds it. */
export const partitionRegions = localFault<"partition-regions", null>({
  broken: z.null(),
  hindrance: async ({ regions }) => (regions.length > 1 ? undefined : "there is only one region"),
  make: async ({ regions: [one, other] }, making) => {
    if (one === other) throw unsupported(`${one} cannot be parted from itself`)
    const { directories } = making
    const both = [linksBetween(directories, one, other), linksBetween(directories, other, one)]
    await holdCuts(await Promise.all(both), making)
  },
})

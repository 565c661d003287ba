import * as z from "zod"
import { signal as sendSignal } from "../../../process/process-identity.ts"
import { localFault } from "./local-fault.ts"
import { processesBelow, untilGone } from "./processes-below.ts"
import { namedProcess } from "./region-processes.ts"

/** PostgreSQL and all its children die. The supervisor starts it again, so that there is nothing to heal. */
export const killDatabase = localFault<"kill-database", null>({
  broken: z.null(),
  make: async ({ region }, { directories, breaks, signal }) => {
    const postmaster = namedProcess(directories, region, "database")
    // Its children would end by themselves, but only once they look, and until then they go on with what they do.
    const all = [postmaster, ...processesBelow(postmaster)]
    breaks()
    for (const process of all) sendSignal(process, "SIGKILL")
    await untilGone(all, signal)
  },
})

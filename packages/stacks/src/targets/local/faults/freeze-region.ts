import type * as z from "zod"
import { signal as sendSignal } from "../../../process/process-identity.ts"
import { localFault, unsupported } from "./local-fault.ts"
import { StoppedProcesses } from "./recorded-processes.ts"
import { regionDirectory, regionProcesses, toAllOf } from "./region-processes.ts"

/** Every process of the region stands still, the supervisor first. The system keeps their connections open. */
export const freezeRegion = localFault<"freeze-region", z.infer<typeof StoppedProcesses>>({
  broken: StoppedProcesses,
  make: async ({ region }, { directories, record, breaks }) => {
    const directory = regionDirectory(directories, region)
    if (regionProcesses(directory).length === 0) throw unsupported(`nothing runs in ${region}`)
    breaks()
    await toAllOf(
      directory,
      process => sendSignal(process, "SIGSTOP"),
      processes => record({ processes }),
    )
  },
  // The supervisor last: it finds everything as it left it.
  heal: async ({ processes }) => {
    for (const process of processes.toReversed()) sendSignal(process, "SIGCONT")
  },
})

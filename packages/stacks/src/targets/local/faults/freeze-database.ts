import type * as z from "zod"
import { signal as sendSignal } from "../../../process/process-identity.ts"
import { localFault } from "./local-fault.ts"
import { processesBelow } from "./processes-below.ts"
import { StoppedProcesses } from "./recorded-processes.ts"
import { namedProcess } from "./region-processes.ts"

/** PostgreSQL stands still, with all its children. Its region runs on, and so does the supervisor, which sees it running. */
export const freezeDatabase = localFault<"freeze-database", z.infer<typeof StoppedProcesses>>({
  broken: StoppedProcesses,
  make: async ({ region }, { directories, record, breaks }) => {
    const postmaster = namedProcess(directories, region, "database")
    await record({ processes: [postmaster] })
    breaks()
    sendSignal(postmaster, "SIGSTOP")
    // It makes no more of them.
    const children = processesBelow(postmaster).map(({ pid, started }) => ({ pid, started }))
    await record({ processes: [postmaster, ...children] })
    for (const child of children) sendSignal(child, "SIGSTOP")
  },
  heal: async ({ processes }) => {
    for (const process of processes.toReversed()) sendSignal(process, "SIGCONT")
  },
})

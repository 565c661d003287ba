import type * as z from "zod"
import { type ProcessIdentity, signal as sendSignal } from "../../../process/process-identity.ts"
import { localFault } from "./local-fault.ts"
import { processesBelow } from "./processes-below.ts"
import { StoppedProcesses } from "./recorded-processes.ts"
import { namedProcess } from "./region-processes.ts"

/** PostgreSQL stands still, with all its children. Its region runs on, and so does the supervisor, which sees it running. */
export const freezeDatabase = localFault<"freeze-database", z.infer<typeof StoppedProcesses>>({
  broken: StoppedProcesses,
  make: async ({ region }, { directories, record, breaks }) => {
    const postmaster = namedProcess(directories, region, "database")
    const all: ProcessIdentity[] = []
    // First PostgreSQL itself, which makes no more of them then; it may have been about to.
    for (let found = [postmaster]; found.length > 0; found = childrenOf(postmaster, all)) {
      all.push(...found)
      await record({ processes: all })
      breaks()
      for (const process of found) sendSignal(process, "SIGSTOP")
    }
  },
  heal: async ({ processes }) => {
    for (const process of processes.toReversed()) sendSignal(process, "SIGCONT")
  },
})

const childrenOf = (postmaster: ProcessIdentity, known: readonly ProcessIdentity[]): ProcessIdentity[] =>
  processesBelow(postmaster)
    .filter(({ pid, started }) => !known.some(one => one.pid === pid && one.started === started))
    .map(({ pid, started }) => ({ pid, started }))

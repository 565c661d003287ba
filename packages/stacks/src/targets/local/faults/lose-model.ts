import type * as z from "zod"
import { signal as sendSignal } from "../../../process/process-identity.ts"
import { recordedSpec } from "../agent/recorded-spec.ts"
import { type FaultEnvironment, localFault } from "./local-fault.ts"
import { StoppedProcesses } from "./recorded-processes.ts"
import { namedProcess, regionDirectory } from "./region-processes.ts"

/** The region's simulated model stands still. */
export const loseModel = localFault<"lose-model", z.infer<typeof StoppedProcesses>>({
  broken: StoppedProcesses,
  hindrance: async environment => {
    const simulated = await Promise.all(environment.regions.map(region => isSimulated(environment, region)))
    if (simulated.includes(true)) return undefined
    return "the upstreams of chatops.yaml are not simulated, or nothing is deployed"
  },
  make: async ({ region }, { directories, record, breaks }) => {
    const simulator = namedProcess(directories, region, "simulator")
    await record({ processes: [simulator] })
    breaks()
    sendSignal(simulator, "SIGSTOP")
  },
  heal: async ({ processes }) => {
    for (const process of processes) sendSignal(process, "SIGCONT")
  },
})

async function isSimulated({ directories }: FaultEnvironment, region: string): Promise<boolean> {
  const spec = await recordedSpec(regionDirectory(directories, region))
  return spec?.kind === "region" && spec.simulator !== null
}

import { dirname } from "node:path"
import * as z from "zod"
import { signal as sendSignal } from "../../../process/process-identity.ts"
import { lockHolder } from "../../../process/process-lock.ts"
import { AgentClient } from "../agent/agent-client.ts"
import { agentSocket } from "../agent/agent-socket.ts"
import { lastingNode } from "../agent/lasting-node.ts"
import { programStore } from "../agent/program-store.ts"
import { recordedSpec } from "../agent/recorded-spec.ts"
import { startAgent } from "../agent/start-agent.ts"
import { agentLock } from "../agent/stop-agent.ts"
import { partPaths } from "../layout.ts"
import { localFault, unsupported } from "./local-fault.ts"
import { untilGone } from "./processes-below.ts"
import { regionProcesses } from "./region-processes.ts"

const Killed = z.strictObject({
  directory: z.string(),
  /** What the supervisor ran from. */
  from: z.strictObject({ store: z.string(), node: z.string() }),
})

/** Every process of the region dies, the supervisor first. Healing starts the supervisor again, as it was last told. */
export const killRegion = localFault<"kill-region", z.infer<typeof Killed>>({
  broken: Killed,
  make: async ({ region }, { directories, record, breaks, signal }) => {
    const place = partPaths(directories, { kind: "region", region })
    const { directory } = place
    if (regionProcesses(directory).length === 0) throw unsupported(`nothing runs in ${region}`)
    await record({ directory, from: await programsOf(await agentSocket(place)) })
    const all = regionProcesses(directory)
    breaks()
    for (const process of all) sendSignal(process, "SIGKILL")
    // Started between the look and the supervisor's end.
    for (const process of regionProcesses(directory)) sendSignal(process, "SIGKILL")
    await untilGone(all, signal)
  },
  heal: async ({ directory, from }, signal) => {
    const spec = await recordedSpec(directory)
    const isRunning = () => lockHolder(agentLock(directory)) !== undefined
    // Destroyed meanwhile, or deployed.
    if (!spec || isRunning()) return
    await startAgent(spec, from, signal).catch(error => {
      if (!isRunning()) throw error
    })
  },
})

/** One that does not answer is believed to run from where one would that was deployed now. */
async function programsOf(socket: string) {
  const state = await new AgentClient(socket).state(1_000)
  const store = programStore()
  return state?.runsFrom ?? { store, node: await lastingNode(dirname(store)) }
}

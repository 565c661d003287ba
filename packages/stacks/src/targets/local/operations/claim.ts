import { Register } from "@chatops/runtime/contract"
import type { Environment } from "../../../environment.ts"
import { AgentClient } from "../agent/agent-client.ts"
import { agentSocket } from "../agent/agent-socket.ts"
import { partPaths } from "../layout.ts"

const patience = 30_000

/** Through the region's own supervisor: nobody else may write a claim for it. */
export async function claimLocal({ directories }: Environment, region: string, signal: AbortSignal): Promise<Register> {
  signal.throwIfAborted()
  const client = new AgentClient(await agentSocket(partPaths(directories, { kind: "region", region })))
  return Register.parse(await client.admin("claim", { patience }, patience + 1_000, signal))
}

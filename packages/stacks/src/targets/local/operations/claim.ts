import { Register } from "@chatops/runtime/contract"
import type { Environment } from "../../../environment.ts"
import { AgentClient } from "../agent/agent-client.ts"
import { agentSocket } from "../agent/agent-socket.ts"
import { partPaths } from "../layout.ts"

/** In milliseconds. */
export const patience = 30_000
/** For the other's claim to follow. */
export const claimPatience = 5_000

/** Through the region's own supervisor: nobody else may write a claim for it. */
export async function claimLocal(environment: Environment, region: string, signal: AbortSignal): Promise<Register> {
  signal.throwIfAborted()
  return claim(await agentOf(environment, region), patience, signal)
}

export async function handOverLocal(
  environment: Environment,
  { from, to }: { readonly from: string; readonly to: string },
  signal: AbortSignal,
): Promise<Register> {
  signal.throwIfAborted()
  const [former, next] = await Promise.all([agentOf(environment, from), agentOf(environment, to)])
  const leaving = { to, patience, claimPatience }
  try {
    await former.admin("leave", leaving, patience + 1_000, signal)
    return await claim(next, claimPatience, signal)
  } catch (error) {
    // It would by itself, later.
    await former.admin("take-back").catch(() => undefined)
    throw error
  }
}

const claim = async (agent: AgentClient, patience: number, signal: AbortSignal): Promise<Register> =>
  Register.parse(await agent.admin("claim", { patience }, patience + 1_000, signal))

const agentOf = async ({ directories }: Environment, region: string): Promise<AgentClient> =>
  new AgentClient(await agentSocket(partPaths(directories, { kind: "region", region })))

import { Register } from "@chatops/runtime/contract"
import type { Environment } from "../../../environment.ts"
import { ChatopsError } from "../../../errors/chatops-error.ts"
import { surelyOver, usualLease } from "../../../failover/lease.ts"
import type { ClaimOptions } from "../../../target.ts"
import { AgentClient } from "../agent/agent-client.ts"
import { agentSocket } from "../agent/agent-socket.ts"
import { partPaths } from "../layout.ts"

/** In milliseconds: to promote, and before that to let the former primary's lease run out. */
export const patience = 30_000 + surelyOver(usualLease)
/** To bring the other into sync, where it is not, and to finish what is under way. */
export const leavePatience = 10_000
/** For the other's claim to follow; it is in sync by then, and waits for no lease. */
export const claimPatience = 5_000

/** Through the region's own supervisor: nobody else may write a claim for it. */
export async function claimLocal(
  environment: Environment,
  region: string,
  signal: AbortSignal,
  { accepts = "in-sync" }: ClaimOptions = {},
): Promise<Register> {
  signal.throwIfAborted()
  return claim(await agentOf(environment, region), { patience, accepts }, signal)
}

export async function handOverLocal(
  environment: Environment,
  { from, to }: { readonly from: string; readonly to: string },
  signal: AbortSignal,
): Promise<Register> {
  signal.throwIfAborted()
  const [former, next] = await Promise.all([agentOf(environment, from), agentOf(environment, to)])
  const leaving = { to, patience: leavePatience, claimPatience }
  await Promise.all([readsWitness(former, from, from, signal), readsWitness(next, to, from, signal)])
  try {
    await former.admin("leave", leaving, leavePatience + 1_000, signal)
    return await claim(next, { patience: claimPatience, accepts: "in-sync" }, signal)
  } catch (error) {
    // It would by itself, later.
    await former.admin("take-back").catch(() => undefined)
    throw error
  }
}

/** Without the witness the one could not claim, and the other, stopped by then, could not serve again. */
async function readsWitness(agent: AgentClient, region: string, primary: string, signal: AbortSignal): Promise<void> {
  const register = Register.nullable().parse(await agent.admin("witness", {}, 5_000, signal))
  if (register === null) throw new ChatopsError("HANDOVER_REFUSED", `${region} does not reach the witness`)
  if (register.primary !== primary)
    throw new ChatopsError("HANDOVER_REFUSED", `${register.primary} is the primary by now, and not ${primary}`)
}

const claim = async (
  agent: AgentClient,
  asked: { readonly patience: number } & ClaimOptions,
  signal: AbortSignal,
): Promise<Register> => Register.parse(await agent.admin("claim", asked, asked.patience + 1_000, signal))

const agentOf = async ({ directories }: Environment, region: string): Promise<AgentClient> =>
  new AgentClient(await agentSocket(partPaths(directories, { kind: "region", region })))

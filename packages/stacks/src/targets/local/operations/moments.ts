import type { Environment } from "../../../environment.ts"
import type { NoticedMoment } from "../../../failover/moments.ts"
import type { RegionMoment } from "../../../target.ts"
import { AgentClient } from "../agent/agent-client.ts"
import { agentSocket } from "../agent/agent-socket.ts"
import { partPaths } from "../layout.ts"

const deadline = 2_000

export async function localMoments(
  { config, directories }: Environment,
  signal: AbortSignal,
): Promise<readonly RegionMoment[]> {
  const ask = async (region: string): Promise<RegionMoment[]> => {
    const agent = new AgentClient(await agentSocket(partPaths(directories, { kind: "region", region })))
    const answer = await agent.admin("moments", {}, deadline, signal).catch(() => [])
    return (answer as readonly NoticedMoment[]).map(moment => ({ ...moment, region }))
  }
  const moments = await Promise.all(config.regions.map(({ name }) => ask(name)))
  return moments.flat().toSorted((one, other) => one.at - other.at)
}

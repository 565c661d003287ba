import { dirname } from "node:path"
import { cutRegionPath } from "@chatops/runtime/contract"
import type { EnvironmentDirectories } from "../../../state/state-directory.ts"
import { agentSocket } from "../agent/agent-socket.ts"
import { cutWayPath } from "../agent/control-server.ts"
import { gatewayControlSocket, linkControlSocket, partPaths } from "../layout.ts"
import { cutAllLinksPath, cutLinksToPath } from "../links/link-control.ts"
import { keepHeld } from "./keep-held.ts"
import type { Making } from "./local-fault.ts"

/** Where something can be cut, for as long as the request goes on. */
export interface Cut {
  readonly socket: string
  readonly path: string
}

/** The gateway's ways to a region's replicas, and those of its agent to the supervisor. */
export async function waysFromEntry(directories: EnvironmentDirectories, region: string): Promise<Cut[]> {
  const agent = await agentSocket(partPaths(directories, { kind: "entry" }))
  return [
    // The gateway listens beside its agent.
    { socket: gatewayControlSocket({ run: dirname(agent) }), path: cutRegionPath(region) },
    { socket: agent, path: cutWayPath(region) },
  ]
}

/** All links of one region to another one. */
export const linksBetween = async (directories: EnvironmentDirectories, from: string, to: string): Promise<Cut> => ({
  socket: await linksOf(directories, from),
  path: cutLinksToPath(to),
})

/** All links of one region, to the witness too. */
export const linksFrom = async (directories: EnvironmentDirectories, region: string): Promise<Cut> => ({
  socket: await linksOf(directories, region),
  path: cutAllLinksPath,
})

/** Cuts all of them at once. */
export async function holdCuts(
  cuts: readonly Cut[],
  { holding, breaks, signal }: Pick<Making<null>, "holding" | "breaks" | "signal">,
): Promise<void> {
  breaks()
  await Promise.all(cuts.map(async ({ socket, path }) => holding(await keepHeld(socket, path, signal))))
}

const linksOf = async (directories: EnvironmentDirectories, region: string): Promise<string> =>
  linkControlSocket(await agentSocket(partPaths(directories, { kind: "region", region })))

import * as z from "zod"
import type { EnvironmentDirectories } from "../../../state/state-directory.ts"
import { agentSocket } from "../agent/agent-socket.ts"
import { linkControlSocket, partPaths } from "../layout.ts"
import { cutLinkPath } from "../links/link-control.ts"
import { keepHeld } from "./keep-held.ts"
import { localFault, unsupported } from "./local-fault.ts"

/** The links of both regions to each other pass nothing on. Nothing to heal: a cut ends with whoever holds it. */
export const partitionRegions = localFault<"partition-regions", null>({
  broken: z.null(),
  hindrance: async ({ regions }) => (regions.length > 1 ? undefined : "there is only one region"),
  make: async ({ regions: [one, other] }, { directories, holding, breaks, signal }) => {
    if (one === other) throw unsupported(`${one} cannot be parted from itself`)
    const ways = [
      { from: one, to: other },
      { from: other, to: one },
    ]
    const cuts = await Promise.all(ways.map(async way => ({ ...way, socket: await controlOf(directories, way.from) })))
    const cut = ({ socket, to }: (typeof cuts)[number]) => keepHeld(socket, cutLinkPath(`${to}/database`), signal)
    breaks()
    await Promise.all(cuts.map(async way => holding(await cut(way))))
  },
})

const controlOf = async (directories: EnvironmentDirectories, region: string): Promise<string> =>
  linkControlSocket(await agentSocket(partPaths(directories, { kind: "region", region })))

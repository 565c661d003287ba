import { dirname } from "node:path"
import { cutRegionPath } from "@chatops/runtime/contract"
import * as z from "zod"
import { agentSocket } from "../agent/agent-socket.ts"
import { gatewayControlSocket, partPaths } from "../layout.ts"
import { keepHeld } from "./keep-held.ts"
import { localFault } from "./local-fault.ts"

/** The gateway's connections to the region pass nothing on. Nothing to heal: a cut ends with whoever holds it. */
export const partitionEntry = localFault<"partition-entry", null>({
  broken: z.null(),
  make: async ({ region }, { directories, holding, breaks, signal }) => {
    // The gateway listens beside its agent.
    const run = dirname(await agentSocket(partPaths(directories, { kind: "entry" })))
    breaks()
    holding(await keepHeld(gatewayControlSocket({ run }), cutRegionPath(region), signal))
  },
})

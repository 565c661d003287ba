import * as z from "zod"
import { recordedSpec } from "../agent/recorded-spec.ts"
import { holdCuts, linksBetween, linksFrom, waysFromEntry } from "./hold-cuts.ts"
import { localFault, unsupported } from "./local-fault.ts"
import { regionDirectory } from "./region-processes.ts"

/** Every way from the region and to it passes nothing on. Nothing to heal: a cut ends with whoever holds it. */
export const cutOffRegion = localFault<"cut-off-region", null>({
  broken: z.null(),
  make: async ({ region }, making) => {
    const { directories } = making
    const spec = await recordedSpec(regionDirectory(directories, region))
    if (spec?.kind !== "region") throw unsupported(`nothing runs in ${region}`)
    const others = spec.database.peers.map(peer => linksBetween(directories, peer.region, region))
    const links = await Promise.all([linksFrom(directories, region), ...others])
    await holdCuts([...links, ...(await waysFromEntry(directories, region))], making)
  },
})

import type { Fault, FaultKind } from "../../../drill/fault.ts"
import { cutOffRegion } from "./cut-off-region.ts"
import { fillDisk } from "./fill-disk.ts"
import { freezeDatabase } from "./freeze-database.ts"
import { freezeRegion } from "./freeze-region.ts"
import { killDatabase } from "./kill-database.ts"
import { killRegion } from "./kill-region.ts"
import type { LocalFault } from "./local-fault.ts"
import { loseModel } from "./lose-model.ts"
import { partitionEntry } from "./partition-entry.ts"
import { partitionRegions } from "./partition-regions.ts"

/** Every kind of fault, as it is made on this machine. */
export const localFaultKinds: { readonly [Kind in FaultKind]: LocalFault<Kind> } = {
  "kill-database": killDatabase,
  "freeze-database": freezeDatabase,
  "kill-region": killRegion,
  "freeze-region": freezeRegion,
  "partition-regions": partitionRegions,
  "partition-entry": partitionEntry,
  "cut-off-region": cutOffRegion,
  "fill-disk": fillDisk,
  "lose-model": loseModel,
}

/** The kind of this fault, which takes faults of its kind only: this one. */
export const kindOf = (fault: Fault): LocalFault => localFaultKinds[fault.kind] as LocalFault

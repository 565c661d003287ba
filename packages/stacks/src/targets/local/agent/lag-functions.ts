import { ReplayedPosition } from "../postgres/replication-lag.ts"
import type { Role } from "./role.ts"
import type { SupervisedDatabase } from "./supervised-database.ts"

/** `replayed`: how far this standby has come. `lag`: how far the standby that said so is behind this primary. */
export function lagFunctions(database: Pick<SupervisedDatabase, "replayed" | "lagOf">): Role["admin"] {
  return {
    replayed: () => database.replayed(),
    lag: input => database.lagOf(ReplayedPosition.parse(input)),
  }
}

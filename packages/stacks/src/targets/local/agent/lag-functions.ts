import { ReplayedPosition, replayedPosition, replicationLag } from "../postgres/replication-lag.ts"
import type { Role } from "./role.ts"
import type { SupervisedDatabase } from "./supervised-database.ts"

/** `replayed`: how far this standby has come. `lag`: how far the standby that said so is behind this primary. */
export function lagFunctions(database: Pick<SupervisedDatabase, "read" | "query" | "commits">) {
  return {
    replayed: () => database.read(replayedPosition),
    lag: async (input: unknown) => {
      const standby = ReplayedPosition.parse(input)
      const { commits } = database
      return database.query(client => replicationLag(client, standby, commits))
    },
  } satisfies Role["admin"]
}

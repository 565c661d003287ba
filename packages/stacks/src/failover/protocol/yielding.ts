import type { RegionIncarnation } from "@chatops/runtime/contract"
import { isInSync } from "./naming.ts"
import type { Supervisor } from "./supervisor.ts"

/**
 * Leaves the primary's place to the region that is in sync (rule 13): nobody is let in any more, what is under way ends,
 * and the database stops cleanly. The other claims as in any failover; if it does not, the place is taken back by
 * starting over. Nothing of it is needed for safety: it saves users from seeing a failover.
 */
export function yielding(from: Supervisor, to: RegionIncarnation): Supervisor {
  const { phase, register, pending, task } = from
  if (phase.at !== "leading" || phase.change !== null || pending !== null || task !== null) return from
  if (register === null || !isInSync(register, to)) return from
  return { ...from, phase: { at: "yielding" }, task: { task: "drain" } }
}

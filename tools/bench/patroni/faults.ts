import type { Cluster } from "./cluster.ts"
import { noneLeftIn, postmastersIn, signalAllIn, signalProcess } from "./processes.ts"
import type { PatroniNode } from "./settings.ts"

/**
 * By the names that drills have for the same: the database's main process dies; Patroni and its PostgreSQL die at once;
 * both stand still, and their connections stay open.
 */
export const patroniFaults = ["kill-database", "kill-region", "freeze-region"] as const
export type PatroniFault = (typeof patroniFaults)[number]

/** The fault is in effect when this returns. */
export function makeFault(fault: PatroniFault, { home }: PatroniNode): void {
  if (fault === "kill-region") signalAllIn(home, "SIGKILL")
  else if (fault === "freeze-region") signalAllIn(home, "SIGSTOP")
  else for (const postmaster of postmastersIn(home)) signalProcess(postmaster, "SIGKILL")
}

/** Patroni itself brings back a database that died. */
export async function healFault(fault: PatroniFault, node: PatroniNode, cluster: Cluster): Promise<void> {
  if (fault === "freeze-region") signalAllIn(node.home, "SIGCONT")
  if (fault !== "kill-region") return
  await noneLeftIn(node.home)
  cluster.start(node)
}

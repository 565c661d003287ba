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

/**
 * Patroni itself brings back a database that died. A region that stands still is ended before it starts again: Patroni
 * before 3.0.3 overwrites the leader's key in etcd when it wakes up, and takes the lead from who was promoted meanwhile.
 */
export async function healFault(fault: PatroniFault, node: PatroniNode, cluster: Cluster): Promise<void> {
  if (fault === "kill-database") return
  signalAllIn(node.home, "SIGKILL")
  await noneLeftIn(node.home)
  cluster.start(node)
}

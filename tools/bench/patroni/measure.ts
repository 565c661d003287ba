import { setTimeout as wait } from "node:timers/promises"
import { type Cluster, startCluster } from "./cluster.ts"
import { healFault, makeFault, type PatroniFault } from "./faults.ts"
import { firstWrite } from "./first-write.ts"
import { findPrograms } from "./programs.ts"
import { loopWait } from "./settings.ts"

export type PatroniMeasurement =
  /** Why nothing was measured, and what to do about it. */
  | { readonly skipped: string }
  | {
      /** What was measured: programs, their versions, and what is not their default. */
      readonly setting: string
      /** Milliseconds from the fault to the first write that is acknowledged, one for each round. */
      readonly pauses: ReadonlyMap<PatroniFault, readonly number[]>
    }

/**
 * How long Patroni's leader is missed when it fails: each fault `rounds` times, in turn, always made in the leader of a
 * cluster that is whole. Installs nothing: skips when a program is missing.
 */
export async function measurePatroni(plan: {
  readonly rounds: number
  readonly faults: readonly PatroniFault[]
}): Promise<PatroniMeasurement> {
  const programs = findPrograms()
  if ("skipped" in programs) return programs
  const pauses = new Map(plan.faults.map(fault => [fault, [] as number[]]))
  using cluster = await startCluster(programs)
  for (let round = 0; round < plan.rounds; round++)
    for (const [fault, measured] of pauses)
      measured.push(await pauseAfter(fault, cluster, (round + Math.random()) / plan.rounds))
  return { setting: `${programs.versions}; one etcd, two nodes, synchronous_mode: true`, pauses }
}

/**
 * `phase`: when in Patroni's loop the fault is made, from 0 to 1. What is measured depends on it by up to a whole loop, and
 * the moment at which a cluster is seen to be whole is not a random one.
 */
async function pauseAfter(fault: PatroniFault, cluster: Cluster, phase: number): Promise<number> {
  await cluster.whole()
  await wait(phase * loopWait * 1_000)
  const leader = await cluster.whole()
  makeFault(fault, leader)
  const made = performance.now()
  await firstWrite(cluster.nodes.map(cluster.login))
  const pause = performance.now() - made
  await healFault(fault, leader, cluster)
  return pause
}

import { isPromised, towardsPolicy } from "../../../failover/protocol/policy.ts"
import type { RegionSupervisor, SupervisorParts } from "./region-supervisor.ts"

/**
 * What people want the register to promise is told to a primary until it does. One that is about to pass its barrier hears
 * of it afterwards, unless the barrier waits for long: then it is given up for it.
 */
export async function watchPolicy(
  supervisor: Pick<RegionSupervisor, "state" | "tell" | "witnessAnswers">,
  policy: SupervisorParts["policy"],
  holdsUpBarrier: boolean,
): Promise<void> {
  const { phase, register } = supervisor.state
  if (policy.pending === undefined || register === null) return
  if (phase.at === "following") await policy.settle()
  if (phase.at !== "leading" || !supervisor.witnessAnswers) return
  if (phase.door === "barrier" && !holdsUpBarrier) return
  if (towardsPolicy(register, policy.pending) !== undefined)
    supervisor.tell({ event: "policy-wanted", policy: policy.pending })
  else if (isPromised(register, policy.pending)) await policy.settle()
}

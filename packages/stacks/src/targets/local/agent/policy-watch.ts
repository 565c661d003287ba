import { isPromised, towardsPolicy } from "../../../failover/protocol/policy.ts"
import type { RegionSupervisor, SupervisorParts } from "./region-supervisor.ts"

/** What people want the register to promise is told to a primary until it does. */
export async function watchPolicy(
  supervisor: Pick<RegionSupervisor, "state" | "tell" | "witnessAnswers">,
  policy: SupervisorParts["policy"],
): Promise<void> {
  const { phase, register } = supervisor.state
  if (policy.pending === undefined || register === null) return
  if (phase.at === "following") await policy.settle()
  if (phase.at !== "leading" || !supervisor.witnessAnswers) return
  if (towardsPolicy(register, policy.pending) !== undefined)
    supervisor.tell({ event: "policy-wanted", policy: policy.pending })
  else if (isPromised(register, policy.pending)) await policy.settle()
}

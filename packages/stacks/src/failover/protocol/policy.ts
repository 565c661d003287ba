import type { Register } from "@chatops/runtime/contract"
import { regimeOf } from "./leading.ts"
import type { Policy } from "./supervisor.ts"

/**
 * The next change of the register on the way to this policy; undefined when it is there, or has to wait (rule 17).
 * To looser at once. To stricter through a join: `block` is promised only once a region is in sync, for otherwise
 * commits that nobody holds would have been acknowledged under it.
 */
export function towardsPolicy(register: Register, policy: Policy): Partial<Register> | undefined {
  const { durability, onLoss } = policy
  // Never shorter: a claimant would wait less than what runtimes were told.
  const lease = longest(policy.lease, register.lease)
  const mayBlock = register.inSync !== null || regimeOf(register) === "gate"
  const next: Partial<Register> =
    durability === "async"
      ? { durability, onLoss, lease, inSync: null }
      : { durability, onLoss: mayBlock ? onLoss : "degrade", lease }
  const isThere = Object.entries(next).every(([key, value]) => register[key as keyof Register] === value)
  return isThere ? undefined : next
}

export const isPromised = (register: Register, { durability, onLoss, lease }: Policy): boolean =>
  register.durability === durability && register.onLoss === onLoss && longest(lease, register.lease) === register.lease

const longest = (one: number | null, other: number | null): number | null =>
  one === null || other === null ? (one ?? other) : Math.max(one, other)

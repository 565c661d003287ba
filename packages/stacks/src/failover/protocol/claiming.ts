import type { Register } from "@chatops/runtime/contract"
import { regimeOf } from "./leading.ts"
import { isListed, isNamed } from "./naming.ts"
import { type Phase, type Supervisor, write } from "./supervisor.ts"

type Claiming = Extract<Phase, { at: "claiming" }>

/** Only who may have the place claims it, and only for itself (rule 1). */
export function claimed(from: Supervisor, phase: Claiming, register: Register, nonce: string): Supervisor {
  if (isNamed(from, register)) return named(from, register)
  const { self, data } = from
  const claim = claimOf(from, phase.force, register)
  if (data.kind !== "standby" || claim === undefined)
    return { ...from, phase: { at: "following", primary: phase.primary } }
  const epoch = register.epoch + 1
  const next = { epoch, primary: self, incarnation: data.incarnation, inSync: null, claim }
  return { ...from, pending: write(register, next, nonce) }
}

/**
 * Who is in sync holds everything that was acknowledged. Under `async` nobody promises that (rule 11); elsewhere a person
 * has to want what is lost to be lost (rule 12). Where another region is in sync, that one is to claim: what it confirms
 * counts without a lease, so that nothing would end it after this one's promotion.
 */
function claimOf(own: Supervisor, force: boolean, register: Register): Register["claim"] | undefined {
  if (isListed(own, register)) return "in-sync"
  if (register.lease === null || register.inSync !== null) return undefined
  if (register.durability === "async") return "async"
  return force ? "forced" : undefined
}

/**
 * The place is this region's. Where nobody was in sync its predecessor acknowledged by a lease alone, and a region that
 * begins anew does not know how much of that has passed: all of it is waited for.
 */
export function named(from: Supervisor, { claim, lease }: Register): Supervisor {
  if (claim === "in-sync" || lease === null) return promoting(from)
  return { ...from, phase: { at: "waiting-out" }, task: { task: "wait-out", lease } }
}

export function promoting(from: Supervisor): Supervisor {
  const waitFor = regimeOf(from.register)
  return { ...from, phase: { at: "promoting" }, task: { task: "promote", waitFor } }
}

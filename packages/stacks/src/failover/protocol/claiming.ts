import type { Register } from "@chatops/runtime/contract"
import { regimeOf } from "./leading.ts"
import { isListed, isNamed } from "./naming.ts"
import { type Phase, type Supervisor, write } from "./supervisor.ts"

type Claiming = Extract<Phase, { at: "claiming" }>

/** Only who may have the place claims it, and only for itself (rule 1). */
export function claimed(from: Supervisor, phase: Claiming, register: Register, nonce: string): Supervisor {
  if (isNamed(from, register)) return named(from, register)
  const { self, data } = from
  const claim = claimOf(from, phase.accepts, register)
  if (data.kind !== "standby" || claim === undefined)
    return { ...from, phase: { at: "following", primary: phase.primary } }
  const epoch = register.epoch + 1
  const next = { epoch, primary: self, incarnation: data.incarnation, inSync: null, claim }
  return { ...from, pending: write(register, next, nonce) }
}

/**
 * Who is in sync holds everything that was acknowledged. Under `async` nobody promises that (rule 11); elsewhere a person
 * has to want what is lost to be lost (rule 12). Nobody gives up more than whoever asks has accepted.
 */
function claimOf(own: Supervisor, accepts: Register["claim"], register: Register): Register["claim"] | undefined {
  const { inSync, durability, lease } = register
  if (isListed(own, register)) return "in-sync"
  if (lease === null || accepts === "in-sync") return undefined
  if (inSync === null && durability === "async") return "async"
  // No lease ends what another region confirms.
  const isGuarded = inSync !== null && inSync.region !== own.self
  return accepts === "forced" && !isGuarded ? "forced" : undefined
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

import type { Register } from "@chatops/runtime/contract"
import type { OpenTarget } from "@chatops/stacks"
import type { DrillEvent, Fault } from "@chatops/stacks/drill"
import { ChatopsError } from "@chatops/stacks/errors"
import { readinessOf } from "@chatops/stacks/failover"
import type { DrillClock } from "./drill-clock.ts"

/** What takes a primary away, so that a person who sees it would have another region take over. */
export const takesAway: ReadonlySet<Fault["kind"]> = new Set([
  "freeze-database",
  "kill-region",
  "freeze-region",
  "cut-off-region",
  "fill-disk",
])

export interface Place {
  readonly target: Pick<OpenTarget, "claim" | "register" | "inspect">
  readonly record: (event: DrillEvent) => void
  readonly clock: DrillClock
}

/** Where nobody watches: what a person does at once who sees the primary gone, and runs `chatops failover`. */
export async function playPerson(fault: Fault, { target, record, clock }: Place, signal: AbortSignal): Promise<void> {
  const register = await target.register(signal)
  if (register === null || !takesAway.has(fault.kind) || !("region" in fault) || fault.region !== register.primary)
    return
  const notice = (what: "suspected" | "asked") => record({ event: "noticed", at: clock.now(), by: "drill", what })
  notice("suspected")
  const successor = await successorOf(register, target, signal)
  if (successor === undefined) return
  notice("asked")
  const { region, accepts } = successor
  await target.claim(region, signal, { accepts }).catch((error: unknown) => {
    // It waits the lease out, and the primary may be back by then: the drill shows what users saw of that.
    if (!(accepts === "async" && error instanceof ChatopsError && error.code === "CLAIM_REFUSED")) throw error
  })
}

interface Successor {
  readonly region: string
  /** How it comes to its place. */
  readonly accepts: Register["claim"]
}

/** Undefined: none may take over. Under `async` the one that `chatops failover` would choose, though it may lack turns. */
async function successorOf(
  { inSync, durability }: Register,
  target: Pick<OpenTarget, "inspect">,
  signal: AbortSignal,
): Promise<Successor | undefined> {
  if (inSync !== null) return { region: inSync.region, accepts: "in-sync" }
  if (durability === "zero-loss") return undefined
  const { possible, to, claim } = readinessOf(await target.inspect(signal), { planned: false })
  return possible && to !== null ? { region: to, accepts: claim } : undefined
}

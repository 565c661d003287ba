import type { Register } from "@chatops/runtime/contract"
import type { RegionStatus } from "../environment-state.ts"
import type { ReadinessCheck } from "./readiness.ts"

type Asking = Pick<RegionStatus, "name" | "witnessAnswers">

/** Who cannot ask it cannot claim. Nothing where that is not known, as of a supervisor that does not answer. */
export function reachesWitness({ name, witnessAnswers }: Asking): ReadinessCheck[] {
  if (witnessAnswers === null) return []
  const detail = `${name} ${witnessAnswers ? "reaches" : "does not reach"} the witness`
  return [{ name: "witness", verdict: witnessAnswers ? "ok" : "fails", detail }]
}

/** A primary that cannot ask it cannot leave its place. That another one takes it does not depend on that. */
export function primaryReachesWitness(
  register: Register | null,
  primary: Asking | null,
  planned: boolean,
): ReadinessCheck[] {
  if (register === null || primary?.witnessAnswers !== false) return []
  const detail = `${primary.name} does not reach the witness: ${unanswered(register)}`
  return [{ name: "witness", verdict: planned ? "fails" : "warning", detail }]
}

/** What a primary does whose questions to the witness are not answered (rule 15), for people. */
export function unanswered({ primary, inSync, lease }: Register): string {
  if (inSync !== null)
    return `${primary} serves while ${inSync.region} confirms, and can neither go on without it nor start again`
  if (lease === null) return `${primary} serves, and cannot start again`
  return `${primary} is alone: it stops when its lease of ${lease / 1_000} s is over, and cannot start again`
}

import type { ClientErrorCode } from "../../contract/index.ts"
import type { AttemptFailure } from "../../http/answer-listener.ts"
import type { HealthEvidence } from "./backend-health.ts"

/** What a failed attempt says about the backend, or undefined when it says nothing. `at` in milliseconds. */
export function evidenceOfFailure(failure: AttemptFailure, at: number): HealthEvidence | undefined {
  // A connection that had died unnoticed is nobody's fault, and an abandoned request already follows from evidence.
  // Silence may be a model that thinks for long; whether the replica itself is still there, checks find out.
  if (failure.stale || failure.kind === "abandoned" || failure.kind === "timeout") return undefined
  return { kind: failure.kind === "refused" ? "gone" : "request-failed", at, reason: failure.message }
}

/** What a complete answer says about the backend. `code`: of an error that asks for another attempt. */
export function evidenceOfAnswer(
  status: number,
  code: ClientErrorCode | undefined,
  at: number,
): HealthEvidence | undefined {
  const reason = `answered ${status} ${code}`
  if (code === "draining") return { kind: "gone", at, reason }
  if (code === "database_unavailable") return { kind: "request-failed", at, reason }
  // Other errors come from the request or from the model.
  return status < 500 ? { kind: "request-succeeded", at } : undefined
}

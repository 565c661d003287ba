export type { DrillCheck, DrillFinding } from "./check.ts"
export type { DrillOutcome, DrillRecord, Objectives, Verdict } from "./drill-record.ts"
export { type DrillAccount, type Evidence, makeEvidence, type RenderReport } from "./make-evidence.ts"
export { readPublicKey, signingKey } from "./signing-key.ts"
export { outcomeOf, verdictOf } from "./verdict.ts"
export type { Rules } from "./verify-contents.ts"
export {
  type DrillChoice,
  type DrillVerification,
  drillKind,
  type LedgerVerification,
  verifyDrills,
} from "./verify-drills.ts"

import type { DrillRecord } from "../drill/evidence/index.ts"

/** What a drill's step `record` tells. */
export interface DrillTold {
  readonly record: DrillRecord
  /** Digest of the signed statement. */
  readonly statement: string
}

/** Exit code: an objective was missed, or a promise does not hold. */
export const missed = 7

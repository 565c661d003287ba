import type { DrillRecord } from "../drill/evidence/index.ts"

/** What a drill's step `record` tells. */
export interface DrillTold {
  readonly record: DrillRecord
  /** Digest of the signed statement. */
  readonly statement: string
}

/** Exit code: an objective was missed, a promise does not hold, or the drill was aborted. */
export const missed = 7

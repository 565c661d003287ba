import { exitCode } from "@chatops/stacks/errors"
import type { DrillOutcome, DrillRecord } from "../drill/evidence/drill-record.ts"

/** What a drill's step `record` tells. */
export interface DrillTold {
  readonly record: DrillRecord
  /** Digest of the signed statement. */
  readonly statement: string
}

/** A pipeline has to tell a slow recovery from a promise that did not hold. */
const exitCodes: Readonly<Record<DrillOutcome, number>> = {
  passed: 0,
  missed: exitCode.missed,
  violated: exitCode.violated,
  aborted: exitCode.aborted,
}
const worstFirst: readonly DrillOutcome[] = ["violated", "aborted", "missed"]

/** Of several drills it is that of the worst. */
export function exitCodeOf(drills: readonly Pick<DrillTold, "record">[]): number {
  const outcomes = new Set(drills.map(({ record }) => record.outcome))
  return exitCodes[worstFirst.find(outcome => outcomes.has(outcome)) ?? "passed"]
}

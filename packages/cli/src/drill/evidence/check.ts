import type { ErrorCode } from "@chatops/stacks/errors"

/** What can be wrong with evidence; each is explained in the catalog of errors. */
export type DrillFinding = Extract<
  ErrorCode,
  | "DRILL_FIGURES_DIFFER"
  | "DRILL_FILE_ALTERED"
  | "DRILL_FILE_MISSING"
  | "DRILL_KEY_UNKNOWN"
  | "DRILL_MISSING"
  | "DRILL_ORDER"
  | "DRILL_RECORD_UNREADABLE"
  | "DRILL_REPORT_DIFFERS"
  | "DRILL_SIGNATURE_WRONG"
  | "DRILL_VERDICT_DIFFERS"
>

export type CheckName = "signature" | "files" | "record" | "events" | "figures" | "verdict" | "report" | "place"

/** One thing that was looked at. One that failed says what is wrong, and with which file. */
export type DrillCheck =
  | { readonly check: CheckName; readonly passed: true; readonly detail: string }
  | {
      readonly check: CheckName
      readonly passed: false
      readonly code: DrillFinding
      /** Path in the ledger's tree. */
      readonly file: string
      readonly detail: string
    }

export const passed = (check: CheckName, detail: string): DrillCheck => ({ check, passed: true, detail })

export const failed = (check: CheckName, code: DrillFinding, file: string, detail: string): DrillCheck => ({
  check,
  passed: false,
  code,
  file,
  detail,
})

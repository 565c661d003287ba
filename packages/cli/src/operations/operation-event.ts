import type { OperationOutcome } from "./journal.ts"

/** What an operation tells whoever shows it. */
export type OperationEvent =
  | {
      readonly type: "begun"
      readonly id: string
      readonly kind: string
      readonly environment: string
      readonly steps: readonly string[]
      readonly resumed: boolean
    }
  | { readonly type: "step-started"; readonly step: string }
  /** Replaces what was said of this part before. */
  | { readonly type: "step-progress"; readonly step: string; readonly part: string; readonly text: string }
  /** A piece of a text that grows, such as an answer. */
  | { readonly type: "step-text"; readonly step: string; readonly part: string; readonly text: string }
  | {
      readonly type: "step-finished"
      readonly step: string
      readonly durationMs: number
      readonly summary: string
      readonly details: readonly string[]
    }
  | { readonly type: "step-failed"; readonly step: string; readonly durationMs: number; readonly message: string }
  | { readonly type: "ended"; readonly outcome: OperationOutcome | "paused" | "interrupted" }

export type OperationListener = (event: OperationEvent) => void

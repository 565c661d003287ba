import type { Register } from "@chatops/runtime/contract"
import type { Policy } from "../../protocol/supervisor.ts"
import type { Clock } from "./clock.ts"

/** What is done to a run from outside, at a time in milliseconds from its beginning. */
export type Incident = { readonly at: number } & (
  | {
      readonly what: "freeze"
      /** A region, or a part of it. */
      readonly who: string
      readonly lasts: number
    }
  | {
      /** A link carries nothing, everything late, every other message, or what goes to the witness twice. */
      readonly what: "cut" | "slow" | "lossy" | "repeating"
      readonly ends: readonly [string, string]
      readonly lasts: number
      /** Most milliseconds by which a message is late. */
      readonly late: number
    }
  | {
      readonly what: "late"
      readonly process: "checkpointer" | "walsender"
      readonly region: string
      readonly lasts: number
      readonly late: number
    }
  | { readonly what: "stop-walsenders"; readonly region: string; readonly lasts: number }
  | { readonly what: "kill"; readonly region: string; readonly all: boolean }
  | { readonly what: "claim"; readonly region: string; readonly force: boolean }
  | { readonly what: "planned"; readonly region: string }
  | { readonly what: "promise"; readonly policy: Policy }
  | { readonly what: "turn" | "read"; readonly region: string }
)

/** One run: everything that is not drawn while it goes on. */
export interface Schedule {
  readonly seed: number
  readonly clocks: Readonly<Record<string, Clock>>
  /** Milliseconds that a message takes on average. */
  readonly latency: number
  readonly start: Pick<Register, "durability" | "onLoss"> & { readonly inSync: boolean; readonly lease: number }
  readonly incidents: readonly Incident[]
  /** When the last fault is over. */
  readonly calmAt: number
}

import type { Register } from "@chatops/runtime/contract"
import type { PendingWrite } from "./protocol/supervisor.ts"

/** Outcome of a compare-and-set. `unknown`: it may still take effect (rule 7); read until a higher version shows. */
export type WitnessWrite =
  | { readonly outcome: "written"; readonly register: Register }
  | { readonly outcome: "lost"; readonly register: Register }
  | { readonly outcome: "unknown"; readonly reason: string }

/** The register as its clients see it; each target has its own. An unreachable one is a normal answer. */
export interface Witness {
  read(signal?: AbortSignal): Promise<Register | undefined>
  /** Replaces `base` by `{ ...base, ...change }` under the next version and a new nonce. */
  write(base: Register, change: Partial<Register>, signal?: AbortSignal): Promise<WitnessWrite>
}

/** The register as a supervisor uses it. */
export interface SupervisedRegister {
  read(signal?: AbortSignal): Promise<Register | undefined>
  /**
   * Asks for exactly this write, again if need be, and tells the register that it left: this one, or a later one that
   * came before it or after. Nothing: the outcome is not known yet.
   */
  settle(write: PendingWrite, signal?: AbortSignal): Promise<Register | undefined>
}

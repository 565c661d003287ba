import type { Register } from "@chatops/runtime/contract"
import type { PendingWrite } from "./protocol/supervisor.ts"

/** The register as a supervisor uses it; each target has its own. An unreachable one is a normal answer. */
export interface Witness {
  read(signal?: AbortSignal): Promise<Register | undefined>
  /**
   * Asks for exactly this write, again if need be, and tells the register that it left: this one, or a later one that
   * came before it or after. Nothing: the outcome is not known yet (rule 7).
   */
  settle(write: PendingWrite, signal?: AbortSignal): Promise<Register | undefined>
}

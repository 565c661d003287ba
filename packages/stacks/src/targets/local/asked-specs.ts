import { ChatopsError } from "../../errors/chatops-error.ts"
import type { AgentSpec } from "./agent/spec.ts"

/**
 * What this run's own programs asked for. The engine passes on whatever it is told over ports of 127.0.0.1 that know no
 * credentials; a specification that comes back from it is one of these, or somebody else's.
 */
export class AskedSpecs {
  readonly #texts = new Set<string>()

  /** The specification as it travels. */
  add(spec: AgentSpec): string {
    const text = JSON.stringify(spec)
    this.#texts.add(text)
    return text
  }

  /** Throws STATE_FOREIGN. */
  refuseOther(text: string): void {
    if (this.#texts.has(text)) return
    throw new ChatopsError("STATE_FOREIGN", "the engine was asked for a part that this command did not ask for")
  }
}

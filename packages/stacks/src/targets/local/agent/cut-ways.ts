import { EventEmitter, once } from "node:events"

/** The entry's ways to supervisors, which a drill can cut. Whoever goes one waits, and nothing tells it why. */
export class CutWays {
  readonly #cuts = new Map<symbol, string>()
  readonly #healed = new EventEmitter<{ healed: [] }>().setMaxListeners(0)

  /** Returns what heals this cut; the way is open again when every cut has healed. */
  cut(region: string): () => void {
    const cut = Symbol()
    this.#cuts.set(cut, region)
    return () => {
      if (this.#cuts.delete(cut)) this.#healed.emit("healed")
    }
  }

  isCut(region: string): boolean {
    return [...this.#cuts.values()].includes(region)
  }

  /** Resolves when the way to that region is open. Rejects when the signal aborts first. */
  async passes(region: string, signal: AbortSignal): Promise<void> {
    while (this.isCut(region)) await once(this.#healed, "healed", { signal })
  }
}

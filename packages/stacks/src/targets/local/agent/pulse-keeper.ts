import type { PrimarySight } from "../../../failover/watching.ts"
import type { PrimaryPulse } from "../postgres/primary-pulse.ts"

/** Watches whichever region is primary for this one, as long as there is one. */
export class PulseKeeper {
  readonly #open: (primary: string) => Promise<PrimaryPulse>
  readonly #onChange: () => void
  #wanted: string | undefined
  #pulse: PrimaryPulse | undefined

  constructor(open: (primary: string) => Promise<PrimaryPulse>, onChange: () => void) {
    this.#open = open
    this.#onChange = onChange
  }

  get sight(): PrimarySight | null {
    return this.#pulse?.sight ?? null
  }

  /** Undefined: nobody. */
  watch(primary: string | undefined): void {
    if (primary === this.#wanted) return
    this.#wanted = primary
    this.#pulse?.stop()
    this.#pulse = undefined
    if (primary !== undefined) void this.#begin(primary).catch(() => undefined)
  }

  async #begin(primary: string): Promise<void> {
    const pulse = await this.#open(primary)
    if (this.#wanted !== primary || this.#pulse !== undefined) return pulse.stop()
    this.#pulse = pulse
    pulse.on("change", this.#onChange)
  }
}

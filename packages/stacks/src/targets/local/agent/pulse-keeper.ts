import type { PrimarySight } from "../../../failover/watching.ts"
import type { PrimaryPulse } from "../postgres/primary-pulse.ts"

/** Before what could not be begun is tried again, in milliseconds. */
const again = 1_000

/** Watches whichever region is primary, this one itself perhaps, as long as there is one. */
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
    if (primary !== undefined) void this.#begin(primary)
  }

  async #begin(primary: string): Promise<void> {
    try {
      const pulse = await this.#open(primary)
      if (this.#wanted !== primary || this.#pulse !== undefined) return pulse.stop()
      this.#pulse = pulse
      pulse.on("change", this.#onChange)
    } catch {
      // Files may be used up now and not later. A standby that watches nobody could never be made primary by itself.
      setTimeout(() => {
        if (this.#wanted === primary && this.#pulse === undefined) void this.#begin(primary)
      }, again).unref()
    }
  }
}

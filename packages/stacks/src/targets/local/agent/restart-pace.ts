/** Pauses before a database that ended is started again, in milliseconds. */
const firstPause = 20
const longestPause = 5_000
/** For whoever may take its place: a restart at that moment would take the register's next version and the processors. */
const headStart = 150
/** One that was up for so long, its start counted in, did not end because it was started. */
const steadyAfter = 10_000
/** A database may fail to start while what a killed one left is still ending; so often in a row means more. */
const hopelessAfter = 5

/** When a database that ended is started again, and whether that has failed too often to be a passing matter. */
export class RestartPace {
  #endedAt: number | undefined
  #pause = firstPause
  #failedStarts = 0

  /** `claimable`: another region may claim its place meanwhile (rule 16). */
  ended(
    wasReady: boolean,
    { claimable = false, now = performance.now() }: { claimable?: boolean; now?: number } = {},
  ): { pause: number; hopeless: boolean } {
    const lived = now - (this.#endedAt ?? now) - this.#pause
    this.#pause =
      this.#endedAt === undefined || (wasReady && lived > steadyAfter)
        ? firstPause
        : Math.min(this.#pause * 2, longestPause)
    this.#endedAt = now
    this.#failedStarts = wasReady ? 0 : this.#failedStarts + 1
    const pause = claimable ? Math.max(this.#pause, headStart) : this.#pause
    return { pause, hopeless: this.#failedStarts >= hopelessAfter }
  }
}

import type { Supervisor } from "../../../failover/protocol/supervisor.ts"
import { describePhase } from "./supervisor-phase.ts"

/** What a region's supervisor is doing, for people, with what is said of something that takes long. */
export class PhaseText {
  #detail: string | undefined
  #phase = "starting"
  #before: Supervisor["phase"] | undefined

  get text(): string {
    return this.#detail ?? this.#phase
  }

  /** More about the present phase; undefined: no more. */
  say(detail: string | undefined): void {
    this.#detail = detail
  }

  /** A copy that is tried again, by way of the witness, is the same wait to people. */
  describe(state: Supervisor): void {
    const again = state.phase.at === "starting" && this.#before?.at === "becoming-standby"
    if (again) return
    if (state.phase !== this.#before) {
      this.#detail = undefined
      this.#before = state.phase
    }
    this.#phase = describePhase(state)
  }
}

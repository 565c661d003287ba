import type { DrillEvent } from "./drill-event.ts"
import type { AbortWhen } from "./scenario.ts"
import { PresentPause } from "./service-pauses.ts"

/** Whether a drill is to be given up, from what its users see from now on; in the order of their time. */
export class AbortConditions {
  readonly #when: AbortWhen
  readonly #pause = new PresentPause()
  #failed = 0

  constructor(when: AbortWhen) {
    this.#when = when
  }

  note(event: DrillEvent): void {
    this.#pause.note(event)
    if (event.event === "failed" && !event.again) this.#failed += 1
  }

  /** Why it is to be given up at this moment of it; undefined while it may go on. */
  reason(at: number): string | undefined {
    const { unansweredFor = Number.POSITIVE_INFINITY, failed = Number.POSITIVE_INFINITY } = this.#when
    if (this.#failed >= failed) return `${this.#failed} requests had failed, and abortWhen.failed is ${failed}`
    const waited = at - (this.#pause.from ?? at)
    if (waited < unansweredFor * 1_000) return undefined
    return `nothing was acknowledged for ${unansweredFor} s, which is abortWhen.unansweredFor`
  }
}

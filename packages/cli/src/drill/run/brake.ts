import { AbortConditions, type AbortWhen, type DrillEvent } from "@chatops/stacks/drill"

/** Milliseconds between looks at how long users have waited. */
const lookEvery = 50

interface BrakeOptions {
  /** Without conditions it is never pulled. */
  readonly when: AbortWhen | undefined
  /** Milliseconds since the drill began. */
  readonly now: () => number
  /** Called once, with the reason, before the signal aborts. */
  readonly pulled: (reason: string) => void
}

/** Gives a drill up as soon as a condition of its scenario holds. */
export class Brake {
  readonly #options: BrakeOptions
  readonly #pulled = new AbortController()
  #conditions: AbortConditions | undefined
  #looking: NodeJS.Timeout | undefined

  constructor(options: BrakeOptions) {
    this.#options = options
  }

  get signal(): AbortSignal {
    return this.#pulled.signal
  }

  /** Before the first fault there is nothing that could be healed. */
  note(event: DrillEvent): void {
    if (event.event === "fault-made") this.#arm()
    this.#conditions?.note(event)
  }

  #arm(): void {
    const { when } = this.#options
    if (when === undefined || this.#conditions !== undefined) return
    this.#conditions = new AbortConditions(when)
    this.#looking = setInterval(() => this.#look(), lookEvery)
  }

  /** Nothing is looked at any more. */
  release(): void {
    clearInterval(this.#looking)
  }

  #look(): void {
    const reason = this.#conditions?.reason(this.#options.now())
    if (reason === undefined) return
    this.release()
    this.#options.pulled(reason)
    this.#pulled.abort()
  }
}

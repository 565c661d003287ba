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
  readonly #conditions: AbortConditions | undefined
  readonly #pulled = new AbortController()
  readonly #looking: NodeJS.Timeout | undefined

  constructor(options: BrakeOptions) {
    const { when } = options
    this.#options = options
    this.#conditions = when && new AbortConditions(when)
    if (when) this.#looking = setInterval(() => this.#look(), lookEvery)
  }

  get signal(): AbortSignal {
    return this.#pulled.signal
  }

  note(event: DrillEvent): void {
    this.#conditions?.note(event)
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

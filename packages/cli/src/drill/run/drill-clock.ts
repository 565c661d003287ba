import { toThousandth } from "@chatops/stacks/drill"

/** In milliseconds, both. */
export interface Clocks {
  /** From any moment on; nobody sets it. */
  monotonic(): number
  /** Since 1970; can be set at any time. */
  wall(): number
}

const ofThisMachine: Clocks = { monotonic: () => performance.now(), wall: () => Date.now() }

/** Milliseconds by which clocks that are read one after the other may differ though nobody set one. */
const tolerance = 50

/** Time of a drill in which the wall clock was ahead of it by the same. */
interface Stretch {
  readonly from: number
  readonly to: number
  readonly ahead: number
}

/**
 * The time of a drill, in milliseconds since it began, which the wall clock's jumps do not change. What others tell by the
 * wall clock is reckoned by where that stood then, as long as somebody looks often enough to see it jump.
 */
export class DrillClock {
  /** When the drill began, by the monotonic clock. */
  readonly origin: number
  readonly #clocks: Clocks
  readonly #jumped: (at: number, by: number) => void
  readonly #past: Stretch[] = []
  #present: Stretch

  /** `jumped` is called when the wall clock is seen to have jumped, `by` forward or (negative) back. */
  constructor(jumped: (at: number, by: number) => void, clocks = ofThisMachine) {
    this.#clocks = clocks
    this.#jumped = jumped
    this.origin = clocks.monotonic()
    this.#present = { from: 0, to: 0, ahead: clocks.wall() }
  }

  now(): number {
    return toThousandth(this.#clocks.monotonic() - this.origin)
  }

  look(): void {
    const before = this.now()
    const wall = this.#clocks.wall()
    const at = this.now()
    // Whoever had no processor in between knows nothing of their difference.
    if (at - before > tolerance) return
    const { to: lastLook, ahead } = this.#present
    const by = wall - at - ahead
    if (Math.abs(by) <= tolerance) {
      // A clock that is slewed towards the right time is followed.
      this.#present = { ...this.#present, to: at, ahead: ahead + by }
      return
    }
    this.#past.push({ ...this.#present, to: at })
    this.#present = { from: lastLook, to: at, ahead: wall - at }
    this.#jumped(at, toThousandth(by))
  }

  /** When that was, in the drill's time: negative before it. Undefined: the wall clock jumped, so that nobody can say. */
  timeOf(wall: number): number | undefined {
    this.look()
    if (this.#past.length === 0) return toThousandth(wall - this.#present.ahead)
    const times = [...this.#past, this.#present].flatMap(({ from, to, ahead }) => {
      const at = wall - ahead
      return at >= from - tolerance && at <= to + tolerance ? [toThousandth(at)] : []
    })
    return times.length === 1 ? times[0] : undefined
  }
}

import { type Draws, happens } from "./draws.ts"
import type { Timeline } from "./timeline.ts"

export interface Trouble {
  readonly kind: "cut" | "slow" | "lossy" | "repeating"
  readonly ends: readonly [string, string]
  readonly until: number
  /** Most milliseconds. */
  readonly late: number
}

export interface Message {
  readonly from: string
  readonly to: string
  /** Whose event its arrival is. */
  readonly owner: string
  readonly arrive: () => void
}

/** Between regions, between them and the witness, and between the parts of one, which are near one another. */
export class Network {
  readonly #timeline: Timeline
  readonly #draws: Draws
  readonly #latency: number
  #troubles: Trouble[] = []

  constructor(timeline: Timeline, draws: Draws, latency: number) {
    this.#timeline = timeline
    this.#draws = draws
    this.#latency = latency
  }

  disturb(trouble: Trouble): void {
    this.#troubles.push(trouble)
  }

  isCut(one: string, other: string): boolean {
    return this.#between(one, other).some(({ kind }) => kind === "cut")
  }

  /** By a connection that lasts: nothing is lost. */
  send({ from, to, owner, arrive }: Message): void {
    this.#timeline.after(this.delay(from, to), owner, arrive)
  }

  /** A request or an answer of its own, which can be lost, or come twice. */
  request({ from, to, owner, arrive }: Message): void {
    const delay = this.delay(from, to)
    const draw = this.#draws.of(`${from}→${to}, requests`)
    // Drawn in any case: what comes later must not depend on it.
    const [chance, share] = [draw.uniform(), draw.uniform()]
    for (const { kind, late } of this.#between(from, to)) {
      if (kind === "lossy" && chance < 0.5) return
      if (kind === "cut" && chance < 0.7) return
      if (kind === "repeating") this.#timeline.after(delay + share * late, owner, arrive)
    }
    this.#timeline.after(delay, owner, arrive)
  }

  /** Milliseconds that something takes which is sent now. What is under way when a link is cut arrives. */
  delay(from: string, to: string): number {
    const draw = this.#draws.of(`${from}→${to}`)
    const mean = from === to ? Math.min(this.#latency, 0.2) : this.#latency
    const usual = happens(draw, 0.1) ? draw.exponential(mean * 3) : mean * (0.5 + draw.uniform())
    const share = draw.uniform()
    let delay = usual
    for (const { kind, until, late } of this.#between(from, to)) {
      if (kind === "slow") delay += share * late
      if (kind === "cut") delay = Math.max(delay, until - this.#timeline.now + usual)
    }
    return delay
  }

  #between(one: string, other: string): Trouble[] {
    if (this.#troubles.length === 0) return this.#troubles
    this.#troubles = this.#troubles.filter(({ until }) => until > this.#timeline.now)
    return this.#troubles.filter(({ ends: [a, b] }) => (a === one && b === other) || (a === other && b === one))
  }
}
